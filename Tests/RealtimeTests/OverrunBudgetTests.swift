import Realtime
import Testing

@Suite struct OverrunBudgetTests {
    @Test func missesInARowExhaustIt() {
        var budget = OverrunBudget(limit: 3)
        #expect(budget.miss() == false)
        #expect(budget.miss() == false)
        #expect(budget.miss() == true)
        #expect(budget.isExhausted)
    }

    @Test func goodCyclesMakeMissesGood() {
        var budget = OverrunBudget(limit: 2)
        for _ in 0..<1000 {
            #expect(budget.miss() == false)
            budget.good()
        }
        #expect(budget.outstanding == 0)
        budget.good()
        #expect(budget.outstanding == 0)
        #expect(budget.miss() == false)
    }

    @Test func twoMissesForEachGoodCycleExhaustIt() {
        var budget = OverrunBudget(limit: 4)
        var exhausted = false
        for _ in 0..<3 {
            _ = budget.miss()
            exhausted = budget.miss()
            budget.good()
        }
        #expect(exhausted)
    }

    @Test func aHugeSkipNeitherOverflowsNorIsForgottenAtOnce() {
        var budget = OverrunBudget(limit: 10)
        #expect(budget.miss(cycles: .max) == true)
        #expect(budget.outstanding == 10)
        budget.good()
        #expect(!budget.isExhausted)
    }
}
