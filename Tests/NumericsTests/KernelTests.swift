import Foundation
import Realtime
import Testing

@testable import Numerics

/// A tensor of Gaussian numbers.
func gaussian(_ rows: Int, _ columns: Int, _ random: inout RandomStream) -> Tensor {
    let tensor = Tensor(rows: rows, columns: columns)
    random.fillGaussian(UnsafeMutableBufferPointer(start: tensor.base, count: tensor.count))
    return tensor
}

struct KernelTests {
    @Test func aSmallProductIsRight() {
        let left = Tensor(rows: 2, columns: 3)
        left.copy(from: [1, 2, 3, 4, 5, 6])
        let right = Tensor(rows: 2, columns: 3)
        right.copy(from: [7, 8, 9, 1, 0, -1])
        let result = Tensor(rows: 2, columns: 2)
        MatrixProduct.timesTransposed(left.view, right.view, into: result.view)
        #expect(result.values == [50, -2, 122, -2])
        MatrixProduct.timesTransposed(left.firstRows(1), right.view, into: result.firstRows(1), accumulate: true)
        #expect(result.values == [100, -4, 122, -2])
    }

    @Test(arguments: [(1, 1, 1), (1, 5, 3), (1, 64, 7), (1, 112, 256), (3, 9, 17), (33, 130, 12)])
    func productsAgreeWithTheDefinition(rows: Int, inner: Int, columns: Int) {
        var random = RandomStream(seed: 11)
        let left = gaussian(rows, inner, &random)
        let right = gaussian(columns, inner, &random)
        let result = gaussian(rows, columns, &random)
        let before = result.values
        MatrixProduct.timesTransposed(left.view, right.view, into: result.view, accumulate: true)
        for row in 0..<rows {
            for column in 0..<columns {
                let expected = (0..<inner).reduce(Double(before[row * columns + column])) {
                    $0 + Double(left[row, $1]) * Double(right[column, $1])
                }
                #expect(abs(Double(result[row, column]) - expected) < 1e-5 * Double(inner))
            }
        }
        let product = Tensor(rows: rows, columns: inner)
        MatrixProduct.times(result.view, right.view, into: product.view)
        let gradient = Tensor(rows: columns, columns: inner)
        MatrixProduct.transposedTimes(result.view, left.view, into: gradient.view)
        for column in 0..<inner {
            let expected = (0..<columns).reduce(0.0) { $0 + Double(result[0, $1]) * Double(right[$1, column]) }
            #expect(abs(Double(product[0, column]) - expected) < 1e-4 * Double(columns))
            let slope = (0..<rows).reduce(0.0) { $0 + Double(result[$1, 0]) * Double(left[$1, column]) }
            #expect(abs(Double(gradient[0, column]) - slope) < 1e-3 * Double(rows))
        }
    }

    @Test(arguments: Activation.allCases)
    func activationsAgreeWithTheirDefinition(activation: Activation) {
        let input = Tensor(rows: 1, columns: 403)
        for index in 0..<input.count { input.base[index] = Float(index - 200) / 20 }
        let output = Tensor(rows: 1, columns: 403)
        activation.forward(input.view, into: output.view)
        for (x, y) in zip(input.values, output.values) {
            let x = Double(x)
            let expected =
                switch activation {
                case .silu: x / (1 + exp(-x))
                case .relu: max(x, 0)
                case .elu: x > 0 ? x : expm1(x)
                case .tanh: tanh(x)
                }
            #expect(abs(Double(y) - expected) < 1e-6 * max(1, abs(expected)), "at \(x)")
        }
    }

    @Test func activationsStayFiniteFarOutAndKeepNaN() {
        let input = Tensor([-1e30, -1000, 1000, .nan])
        let output = Tensor(rows: 1, columns: 4)
        Activation.silu.forward(input.view, into: output.view)
        #expect(abs(output.base[0]) < 1e-6 && abs(output.base[1]) < 1e-6 && output.base[2] == 1000)
        #expect(output.base[3].isNaN)
    }

    @Test(arguments: [3, 8, 31, 256])
    func normalisedRowsHaveMeanZeroAndVarianceOne(size: Int) {
        var layout = ParameterLayout()
        let norm = LayerNorm("norm", size: size, in: &layout)
        let parameters = Parameters(layout: layout)
        norm.initialise(parameters)
        var random = RandomStream(seed: 4)
        let input = gaussian(2, size, &random)
        for index in 0..<input.count { input.base[index] = 3 * input.base[index] + 5 }
        let output = Tensor(rows: 2, columns: size)
        norm.forward(parameters, input.view, into: output.view, statistics: Tensor(rows: 2, columns: 2).view)
        let row = output.values[..<size].map(Double.init)
        let mean = row.reduce(0, +) / Double(size)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
        #expect(abs(mean) < 1e-5)
        #expect(abs(variance - 1) < 1e-3)
    }

    /// Two steps of Adam on one number, computed by hand from the paper's formulas.
    @Test func adamFollowsItsDefinition() {
        var layout = ParameterLayout()
        _ = layout.add("x", [1])
        let (parameters, gradients) = (Parameters(layout: layout), Parameters(layout: layout))
        var options = Adam.Options()
        options.weightDecay = 0.1
        let adam = Adam(layout: layout, options: options)
        parameters.base[0] = 1
        var (x, m, v) = (1.0, 0.0, 0.0)
        for (step, gradient) in [(1, 0.5), (2, -0.25)] {
            gradients.base[0] = Float(gradient)
            adam.update(parameters, gradients: gradients, step: step, learningRate: 0.01)
            m = 0.9 * m + 0.1 * gradient
            v = 0.999 * v + 0.001 * gradient * gradient
            x -= 0.01 * 0.1 * x
            x -= 0.01 * (m / (1 - pow(0.9, Double(step)))) / ((v / (1 - pow(0.999, Double(step)))).squareRoot() + 1e-8)
            #expect(abs(Double(parameters.base[0]) - x) < 1e-6)
        }
    }

    @Test func clippingLimitsTheGradientsNorm() {
        var layout = ParameterLayout()
        _ = layout.add("x", [2])
        let gradients = Parameters(layout: layout)
        gradients.storage.copy(from: [3, 4], at: 0)
        var options = Adam.Options()
        options.largestNorm = 1
        let adam = Adam(layout: layout, options: options)
        let norm = adam.update(Parameters(layout: layout), gradients: gradients, step: 1, learningRate: 0.1)
        #expect(norm == 5)
        #expect(abs(adam.firstMoment.base[0] - 0.06) < 1e-6 && abs(adam.firstMoment.base[1] - 0.08) < 1e-6)
    }

    @Test func theLearningRateRisesAndFalls() {
        let schedule = LearningRateSchedule(peak: 1, finalFraction: 0.1, warmUpSteps: 10, steps: 110)
        #expect(schedule.rate(step: 1) == 0.1)
        #expect(schedule.rate(step: 10) == 1)
        #expect(abs(schedule.rate(step: 60) - 0.55) < 1e-6)
        #expect(abs(schedule.rate(step: 110) - 0.1) < 1e-6)
        #expect(schedule.rate(step: 500) == schedule.rate(step: 110))
        #expect((11...110).allSatisfy { schedule.rate(step: $0) <= schedule.rate(step: $0 - 1) })
    }

    @Test func timesAreEmbeddedAsSinesAndCosines() {
        let embedding = TimeEmbedding(size: 4)
        let output = Tensor(rows: 1, columns: 4)
        embedding.embed(0.5, into: output.base)
        let expected = [sin(Double.pi / 0.004), sin(Double.pi / 4), cos(Double.pi / 0.004), cos(Double.pi / 4)]
        for (value, wanted) in zip(output.values, expected) { #expect(abs(Double(value) - wanted) < 1e-5) }
    }
}

struct ConcurrencyTests {
    /// Some builds of OpenBLAS give wrong numbers when called from several threads at once.
    @Test func productsOfSeveralThreadsDoNotDisturbEachOther() async {
        let wrong = await withTaskGroup(of: Int.self) { group in
            for seed in 0..<4 as Range<UInt64> {
                group.addTask {
                    var random = RandomStream(seed: seed)
                    let (left, right) = (gaussian(96, 96, &random), gaussian(96, 96, &random))
                    let (first, again) = (Tensor(rows: 96, columns: 96), Tensor(rows: 96, columns: 96))
                    MatrixProduct.times(left.view, right.view, into: first.view)
                    var wrong = 0
                    for _ in 0..<3000 {
                        MatrixProduct.times(left.view, right.view, into: again.view)
                        if MeanSquaredError.loss(again.view, first.view, gradient: again.view) != 0 { wrong += 1 }
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
