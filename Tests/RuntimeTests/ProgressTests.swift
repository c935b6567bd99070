import Testing

@testable import Runtime

/// What a long job says of the time that it still takes.
@Suite struct ProgressTests {
    @Test(arguments: [
        (total: 100, done: 20, since: 0, elapsed: 10.0, left: 40.0 as Double?),
        // What was done before the job was gone on with took no time of now.
        (100, 70, 60, 10, 30), (20000, 7350, 4600, 11, 50.6),
        // One in a hundred is too few to say.
        (100, 1, 0, 10, nil), (100, 60, 60, 10, nil), (1000, 601, 600, 10, nil), (3, 1, 0, 10, 20),
        (100, 100, 0, 10, nil), (100, 103, 0, 10, nil),
    ])
    func timeLeft(total: Int, done: Int, since: Int, elapsed: Double, left: Double?) throws {
        let found = Progress.secondsLeft(total: total, done: done, since: since, elapsed: elapsed)
        guard let left else {
            #expect(found == nil)
            return
        }
        #expect(abs(try #require(found) - left) < 1e-9)
    }
}
