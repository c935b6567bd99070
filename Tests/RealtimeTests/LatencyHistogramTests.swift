import Foundation
import Realtime
import Testing

@Suite struct LatencyHistogramTests {
    @Test func smallDurationsAreExact() {
        var histogram = LatencyHistogram()
        for nanoseconds in 1...100 as ClosedRange<UInt64> { histogram.record(nanoseconds: nanoseconds) }
        #expect(histogram.count == 100)
        #expect(histogram.maximum == 100)
        #expect(histogram.mean == 50.5)
        #expect(histogram.percentile(0.5) == 50)
        #expect(histogram.percentile(0.99) == 99)
        #expect(histogram.percentile(0) == 1)
        #expect(histogram.percentile(1) == 100)
    }

    @Test func everyDurationIsFoundAgainWithinOnePercent() {
        var exponent = 0.0
        while exponent < 11 {
            let nanoseconds = UInt64(pow(10, exponent))
            var histogram = LatencyHistogram()
            histogram.record(nanoseconds: nanoseconds)
            // A longer one, so that the answer comes from the bucket and not from the maximum.
            histogram.record(nanoseconds: 130_000_000_000)
            let found = histogram.percentile(0.5)
            #expect(abs(found - Double(nanoseconds)) <= 0.005 * Double(nanoseconds))
            exponent += 0.01
        }
    }

    @Test func bucketsJoinAtPowersOfTwo() {
        for shift in 6..<37 {
            for offset in [-1, 0, 1] {
                let nanoseconds = UInt64((1 << shift) + offset)
                var histogram = LatencyHistogram()
                histogram.record(nanoseconds: nanoseconds)
                histogram.record(nanoseconds: 136_000_000_000)
                #expect(abs(histogram.percentile(0.5) / Double(nanoseconds) - 1) < 0.008)
            }
        }
    }

    @Test func percentilesOfAKnownDistribution() {
        var histogram = LatencyHistogram()
        for index in 0..<100_000 as Range<UInt64> { histogram.record(nanoseconds: index * 1000) }
        let summary = histogram.summary
        #expect(summary.count == 100_000)
        #expect(abs(summary.p50 / 50_000 - 1) < 0.01)
        #expect(abs(summary.p99 / 99_000 - 1) < 0.01)
        #expect(abs(summary.p999 / 99_900 - 1) < 0.01)
        #expect(summary.maximum == 99_999)
        #expect(abs(summary.mean / 49_999.5 - 1) < 1e-9)
    }

    @Test func whatIsTooLongCountsInTheLastBucketAndTheMaximumIsExact() {
        var histogram = LatencyHistogram()
        histogram.record(nanoseconds: .max)
        #expect(histogram.count == 1)
        #expect(histogram.maximum == .max)
        histogram.record(nanoseconds: LatencyHistogram.longest + 1)
        #expect(histogram.count == 2)
        #expect(histogram.percentile(0.5) > 1.3e11)
    }

    @Test func mergingIsRecordingBoth() {
        var left = LatencyHistogram()
        var right = LatencyHistogram()
        var both = LatencyHistogram()
        for index in 0..<5000 as Range<UInt64> {
            left.record(nanoseconds: index * index)
            right.record(nanoseconds: index * 7)
            both.record(nanoseconds: index * index)
            both.record(nanoseconds: index * 7)
        }
        left.merge(right)
        #expect(left.summary.count == 10_000)
        for fraction in [0, 0.1, 0.5, 0.9, 0.99, 0.999, 1] {
            #expect(left.percentile(fraction) == both.percentile(fraction))
        }
        #expect(left.maximum == both.maximum)
        #expect(abs(left.mean / both.mean - 1) < 1e-12)
        left.reset()
        #expect(left.summary == LatencySummary(count: 0, p50: 0, p99: 0, p999: 0, maximum: 0, mean: 0))
    }

    @Test func summaryGoesThroughJSON() throws {
        var histogram = LatencyHistogram()
        for index in 0..<1000 as Range<UInt64> { histogram.record(nanoseconds: index * 313) }
        let summary = histogram.summary
        let data = try JSONEncoder().encode(summary)
        #expect(try JSONDecoder().decode(LatencySummary.self, from: data) == summary)
    }
}
