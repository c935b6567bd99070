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

    /// Every remainder of tiles and panels, sums longer than a panel, and a product too large for tiles.
    @Test(arguments: [
        (1, 1, 1), (1, 5, 3), (1, 64, 7), (1, 112, 256), (2, 8, 16), (3, 9, 17), (4, 16, 15), (5, 7, 31), (6, 256, 32),
        (7, 57, 40), (8, 257, 24), (9, 24, 9), (10, 520, 16), (33, 130, 12), (300, 260, 5),
    ])
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

    /// A row's product does not depend on the rows beside it, so that equal rows are equal in every batch.
    @Test func rowsOfAProductDoNotDependOnTheBatch() {
        var random = RandomStream(seed: 5)
        let (left, right) = (gaussian(29, 300, &random), gaussian(21, 300, &random))
        let whole = Tensor(rows: 29, columns: 21)
        MatrixProduct.timesTransposed(left.view, right.view, into: whole.view)
        for rows in 2..<29 {
            let part = Tensor(rows: rows, columns: 21)
            MatrixProduct.timesTransposed(left.view.rows(29 - rows..<29), right.view, into: part.view)
            #expect(part.values == Array(whole.values.suffix(rows * 21)), "\(rows)")
        }
    }

    /// On a processor without registers of 512 bits there is only one way.
    @Test(
        .enabled(if: BlockProduct.hasWideVectors), arguments: [(1, 7, 3), (12, 16, 16), (25, 300, 37), (128, 256, 40)])
    func tilesOfBothWidthsGiveTheSameBytes(rows: Int, inner: Int, columns: Int) {
        var random = RandomStream(seed: 13)
        let (left, right) = (gaussian(rows, inner, &random), gaussian(columns, inner, &random))
        let (bias, start) = (gaussian(1, columns, &random), gaussian(rows, columns, &random))
        for (transposed, accumulate) in [(false, false), (false, true), (true, false), (true, true)] {
            let results = [false, true].map { wide in
                let result = Tensor(rows: rows, columns: columns)
                result.copy(from: start.values)
                BlockProduct.multiply(
                    rows: rows, columns: columns, inner: inner,
                    transposed
                        ? .init(base: left.base, rowStride: 1, columnStride: rows)
                        : .init(base: left.base, rowStride: inner, columnStride: 1),
                    .init(base: right.base, rowStride: 1, columnStride: inner), bias: accumulate ? nil : bias.base,
                    into: result.base, stride: columns, accumulate: accumulate, wide: wide)
                return result.values
            }
            #expect(results[0] == results[1])
            #expect(results[0] != start.values)
        }
    }

    @Test(arguments: [1, 6, 300])
    func linearLayersAddTheirBias(rows: Int) {
        var random = RandomStream(seed: 6)
        var layout = ParameterLayout()
        let layer = Linear("layer", inputs: 250, outputs: 19, in: &layout)
        let parameters = Parameters(layout: layout)
        random.fillGaussian(UnsafeMutableBufferPointer(start: parameters.base, count: parameters.count))
        let (weight, bias) = (parameters.values(layout.entries[0]), parameters.values(layout.entries[1]))
        let (input, output) = (gaussian(rows, 250, &random), gaussian(rows, 19, &random))
        let before = output.values
        for accumulate in [true, false] {
            layer.forward(parameters, input.view, into: output.view, accumulate: accumulate)
            for column in 0..<19 {
                let start = Double(bias[column]) + (accumulate ? Double(before[column]) : 0)
                let expected = (0..<250).reduce(start) { $0 + Double(input[0, $1]) * Double(weight[column * 250 + $1]) }
                #expect(abs(Double(output[0, column]) - expected) < 1e-3)
            }
        }
    }

    @Test(arguments: [5, 16, 27])
    func rectifiedNormalisationIsNormalisationAndARectifier(size: Int) {
        var random = RandomStream(seed: 7)
        var layout = ParameterLayout()
        let norm = LayerNorm("norm", size: size, in: &layout)
        let parameters = Parameters(layout: layout)
        random.fillGaussian(UnsafeMutableBufferPointer(start: parameters.base, count: parameters.count))
        let (input, slopes, statistics) = (
            gaussian(4, size, &random), gaussian(4, size, &random), gaussian(4, 2, &random)
        )
        let (plain, expected, rectified) = (
            gaussian(4, size, &random), gaussian(4, size, &random), gaussian(4, size, &random)
        )
        norm.forward(parameters, input.view, into: plain.view, statistics: statistics.view)
        Activation.relu.forward(plain.view, into: expected.view)
        norm.forward(parameters, input.view, into: rectified.view, statistics: statistics.view, rectified: true)
        #expect(rectified.values == expected.values)
        #expect(rectified.values.contains(0) && rectified.values.contains { $0 > 0 })

        let (apart, together) = (Parameters(layout: layout), Parameters(layout: layout))
        let (first, second, third) = (
            gaussian(4, size, &random), gaussian(4, size, &random), gaussian(4, size, &random)
        )
        norm.backward(
            parameters, input: input.view, statistics: statistics.view, rectified: rectified.view,
            outputGradient: slopes.view, gradients: together, into: first.view)
        norm.backward(
            parameters, input: input.view, statistics: statistics.view, rectified: rectified.view,
            outputGradient: slopes.view, gradients: nil, into: second.view)
        Activation.relu.backward(input: plain.view, gradient: slopes.view)
        norm.backward(
            parameters, input: input.view, statistics: statistics.view, outputGradient: slopes.view, gradients: apart,
            into: third.view)
        #expect(first.values == third.values && second.values == third.values)
        #expect(together.storage.values == apart.storage.values)
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

    /// A number's step does not depend on its place among others.
    @Test func adamTreatsAllNumbersAlike() {
        var layout = ParameterLayout()
        _ = layout.add("x", [32])
        let (parameters, gradients) = (Parameters(layout: layout), Parameters(layout: layout))
        let adam = Adam(layout: layout, options: Adam.Options())
        for index in 0..<32 { gradients.base[index] = index % 2 == 0 ? Float(index) : -1e-6 }
        adam.update(parameters, gradients: gradients, step: 1, learningRate: 0.01)
        #expect(parameters.base[0] == 0, "no gradient, no step")
        for index in 1..<32 {
            #expect(abs(parameters.base[index] - (index % 2 == 0 ? -0.01 : 0.01 / 1.01)) < 1e-6, "\(index)")
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
