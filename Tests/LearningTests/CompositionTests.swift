import Numerics
import Testing

@testable import Learning

struct CompositionTests {
    private func call(
        _ first: [Float], _ second: [Float],
        _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>, UnsafeMutableBufferPointer<Float>) -> Int
    ) -> ([Float], Int) {
        var result = [Float](repeating: 0, count: first.count)
        let held = first.withUnsafeBufferPointer { left in
            second.withUnsafeBufferPointer { right in
                result.withUnsafeMutableBufferPointer { body(left, right, $0) }
            }
        }
        return (result, held)
    }

    private func all() throws -> [Composition] {
        [
            try .ensemble(range: [1.2, 1.2, 1.2]), try .ensemble(baseShare: 0.25, range: [1, 0.8, 1.4]),
            try .residual(scales: [0.2, 0.5, 1.2]),
        ]
    }

    /// What was executed gives back the small policy's action, wherever nothing had to be held.
    @Test func roundTrip() throws {
        for composition in try all() {
            var random = RandomStream(seed: 1)
            for _ in 0..<500 {
                let base = (0..<3).map { _ in Float(random.uniform(-1, 1)) }
                let action = (0..<3).map { _ in Float(random.uniform(-0.96, 0.96)) }
                let (executed, held) = call(base, action) { composition.compose(base: $0, action: $1, into: $2) }
                #expect(executed.allSatisfy { abs($0) <= 1 })
                let (back, _) = call(executed, base) { composition.effectiveAction(executed: $0, base: $1, into: $2) }
                if held == 0 { for index in 0..<3 { #expect(abs(back[index] - action[index]) < 1e-5) } }
                // What was held still composes to exactly what was executed.
                let (again, _) = call(base, back) { composition.compose(base: $0, action: $1, into: $2) }
                for index in 0..<3 { #expect(abs(again[index] - executed[index]) < 1e-5) }
            }
        }
    }

    @Test func knownValues() throws {
        let ensemble = try Composition.ensemble(range: [1, 1])
        let (mean, none) = call([0.2, -1], [0.6, 0.5]) { ensemble.compose(base: $0, action: $1, into: $2) }
        #expect(abs(mean[0] - 0.4) < 1e-6 && abs(mean[1] + 0.25) < 1e-6 && none == 0)
        let residual = try Composition.residual(scales: [0.2, 0.5])
        let (sum, held) = call([0.9, -0.5], [0.9, 0.5]) { residual.compose(base: $0, action: $1, into: $2) }
        #expect(sum[0] == 1 && abs(sum[1] + 0.25) < 1e-6 && held == 1)
        let (effective, saturated) = call([1, -0.4], [0, -0.5]) {
            residual.effectiveAction(executed: $0, base: $1, into: $2)
        }
        #expect(effective[0] == 0.97 && abs(effective[1] - 0.2) < 1e-6 && saturated == 1)
    }

    @Test func labels() throws {
        let ensemble = try Composition.ensemble(range: [1.25, 1.25])
        let (label, held) = call([1, -0.5], [0, 0]) { ensemble.label(demonstrated: $0, base: $1, into: $2) }
        #expect(abs(label[0] - 0.8) < 1e-6 && abs(label[1] + 0.4) < 1e-6 && held == 0)
        let residual = try Composition.residual(scales: [0.5, 0.5])
        let (correction, clipped) = call([1, -0.5], [0.9, 0.5]) {
            residual.label(demonstrated: $0, base: $1, into: $2)
        }
        #expect(abs(correction[0] - 0.2) < 1e-5 && correction[1] == -0.97 && clipped == 1)
    }

    @Test func badConfigurations() {
        #expect(throws: LearningError.self) { try Composition.ensemble(baseShare: 1, range: [1]) }
        #expect(throws: LearningError.self) { try Composition.residual(scales: [0.2, 0]) }
        #expect(throws: LearningError.self) { try Composition.residual(scales: []) }
        #expect(throws: LearningError.self) { try Composition.residual(scales: [0.2], limit: 1) }
    }
}
