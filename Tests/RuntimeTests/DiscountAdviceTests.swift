import Testing

@testable import Runtime

@Suite struct DiscountAdviceTests {
    private func advice(_ discount: Double, _ meanLength: Double) throws -> String? {
        var improve = try ImprovementSample.context().job.improve
        improve.discount = discount
        return improve.discountAdvice(meanLength: meanLength)
    }

    @Test func anEndThatCountsAtTheBeginningNeedsNoAdvice() throws {
        // 0.99^229 is a little more than a tenth.
        #expect(try advice(0.99, 125) == nil)
        #expect(try advice(0.99, 229) == nil)
        #expect(try advice(0.995, 341) == nil)
    }

    @Test func whereItDoesNotAFifthIsAdvised() throws {
        let text = try #require(try advice(0.99, 289))
        #expect(
            text
                == "demonstrations take 289 steps; with a discount of 0.99 only 5 % of what comes at their end counts at their beginning: write improve.discount: 0.994"
        )
        #expect(try advice(0.994, 289) == nil)
        var cloning = try ImprovementSample.context().job.improve
        cloning.method = .cloning
        #expect(cloning.discountAdvice(meanLength: 1000) == nil)
    }
}
