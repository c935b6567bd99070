import Robots
import Testing

@testable import Control

/// The inverse that keeps a tool from counting as endlessly heavy.
@Suite struct DampedInverseTests {
    /// `R diag(values) Rᵀ` for a rotation about an oblique axis.
    private func matrix(_ values: SIMD3<Double>, angle: Double) -> Matrix3 {
        let turn = Matrix3(Quaternion(angle: angle, axis: SIMD3(1, 2, -2) / 3))
        let rows = [turn.row0, turn.row1, turn.row2]
        func entry(_ i: Int, _ j: Int) -> Double { dot(rows[i] * values, rows[j]) }
        return Matrix3(
            rows: SIMD3(entry(0, 0), entry(0, 1), entry(0, 2)), SIMD3(entry(1, 0), entry(1, 1), entry(1, 2)),
            SIMD3(entry(2, 0), entry(2, 1), entry(2, 2)))
    }

    private func distance(_ left: Matrix3, _ right: Matrix3) -> Double {
        let difference = [left.row0 - right.row0, left.row1 - right.row1, left.row2 - right.row2]
        return difference.map { dot($0, $0) }.reduce(0, +).squareRoot()
    }

    @Test(arguments: [0.0, 0.3, 1.1, 2.9])
    func awayFromSingularitiesItIsTheInverse(angle: Double) {
        let values = SIMD3(0.7, 0.05, 3)
        let result = dampedInverse(matrix(values, angle: angle), smallest: 0.02)
        #expect(!result.isDamped)
        #expect(distance(result.inverse, matrix(1 / values, angle: angle)) < 1e-11)
    }

    @Test(arguments: [0.0, 0.3, 1.1, 2.9])
    func aSmallEigenvalueCountsAsTheSmallest(angle: Double) {
        let result = dampedInverse(matrix(SIMD3(0.7, 1e-9, 3), angle: angle), smallest: 0.02)
        #expect(result.isDamped)
        #expect(distance(result.inverse, matrix(SIMD3(1 / 0.7, 50, 1 / 3.0), angle: angle)) < 1e-9)
    }

    @Test func itIsContinuousWhereDampingBegins() {
        let above = dampedInverse(matrix(SIMD3(0.7, 0.02 + 1e-12, 3), angle: 0.8), smallest: 0.02)
        let below = dampedInverse(matrix(SIMD3(0.7, 0.02 - 1e-12, 3), angle: 0.8), smallest: 0.02)
        #expect(!above.isDamped && below.isDamped)
        #expect(distance(above.inverse, below.inverse) < 1e-6)
    }
}
