import Testing

@testable import Numerics

@Suite("Convolution")
struct ConvolutionTests {
    /// What the definition says, number by number.
    private func reference(
        _ layer: Convolution, kernel: Int, stride: Int, _ parameters: Parameters, _ input: Tensor
    ) -> Tensor {
        let (from, to) = (layer.input, layer.output)
        let result = Tensor(rows: input.rows, columns: to.count)
        let (weights, bias) = (
            parameters.values(parameters.layout.entries[0]), parameters.values(parameters.layout.entries[1])
        )
        for map in 0..<input.rows {
            for row in 0..<to.height {
                for column in 0..<to.width {
                    for channel in 0..<to.channels {
                        var sum = Double(bias[channel])
                        for down in 0..<kernel {
                            for across in 0..<kernel {
                                for inner in 0..<from.channels {
                                    let place =
                                        ((row * stride + down) * from.width + column * stride + across) * from.channels
                                        + inner
                                    let weight = ((channel * kernel + down) * kernel + across) * from.channels + inner
                                    sum += Double(weights[weight]) * Double(input[map, place])
                                }
                            }
                        }
                        result[map, (row * to.width + column) * to.channels + channel] = Float(sum)
                    }
                }
            }
        }
        return result
    }

    @Test(
        "It is the sum over each patch",
        arguments: [
            (MapShape(height: 5, width: 7, channels: 3), 3, 1, 4),
            (MapShape(height: 9, width: 8, channels: 2), 3, 2, 5),
            (MapShape(height: 11, width: 11, channels: 16), 5, 2, 8),
            (MapShape(height: 3, width: 3, channels: 1), 3, 1, 1),
            // More patches than fit into one tile.
            (MapShape(height: 60, width: 50, channels: 8), 5, 1, 3),
        ])
    func definition(input: MapShape, kernel: Int, stride: Int, outputs: Int) {
        var random = RandomStream(seed: 1)
        var layout = ParameterLayout()
        let layer = Convolution("layer", input: input, outputs: outputs, kernel: kernel, stride: stride, in: &layout)
        #expect(layout.entries.map(\.shape) == [[outputs, kernel, kernel, input.channels], [outputs]])
        let parameters = Parameters(layout: layout)
        layer.initialise(parameters, gain: 1, random: &random)
        random.fillGaussian(parameters.values(layout.entries[1]))
        let maps = gaussian(2, input.count, &random)
        let output = Tensor(rows: 2, columns: layer.output.count)
        layer.forward(parameters, maps.view, into: output.view, Convolution.Workspace(layer))
        let expected = reference(layer, kernel: kernel, stride: stride, parameters, maps)
        #expect(zip(output.values, expected.values).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test("Its gradients are those of finite differences", arguments: [1, 2] as [UInt64], [1, 2])
    func gradient(seed: UInt64, stride: Int) {
        var random = RandomStream(seed: seed)
        var layout = ParameterLayout()
        let shape = MapShape(height: 7, width: 6, channels: 3)
        let layer = Convolution("layer", input: shape, outputs: 4, kernel: 3, stride: stride, in: &layout)
        let (parameters, gradients) = (Parameters(layout: layout), Parameters(layout: layout))
        layer.initialise(parameters, gain: 1, random: &random)
        let (input, weights) = (gaussian(2, shape.count, &random), gaussian(2, layer.output.count, &random))
        let workspace = Convolution.Workspace(layer)
        func loss() -> Double {
            let output = Tensor(rows: 2, columns: layer.output.count)
            layer.forward(parameters, input.view, into: output.view, workspace)
            return output.dot(weights)
        }
        let inputGradient = Tensor(rows: 2, columns: shape.count)
        inputGradient.fill(7)
        layer.backward(
            parameters, input: input.view, outputGradient: weights.view, gradients: gradients,
            inputGradient: .replace(inputGradient.view), workspace)
        for entry in layout.entries {
            let fault = gradientFault(
                of: parameters.storage, gradient: gradients.storage, range: entry.offset..<entry.offset + entry.count,
                loss: loss)
            #expect(fault < 2e-3, "\(entry.name)")
        }
        #expect(gradientFault(of: input, gradient: inputGradient, loss: loss) < 2e-3)

        let doubled = Tensor(rows: 2, columns: shape.count)
        doubled.copy(from: inputGradient)
        layer.backward(
            parameters, input: input.view, outputGradient: weights.view, gradients: nil,
            inputGradient: .add(doubled.view), workspace)
        #expect(zip(doubled.values, inputGradient.values).allSatisfy { abs($0 - 2 * $1) < 1e-4 })
    }
}

@Suite("Spatial softmax")
struct SpatialSoftmaxTests {
    @Test("A single bright pixel gives its own place, an even map the middle")
    func places() {
        let shape = MapShape(height: 5, width: 3, channels: 8)
        let layer = SpatialSoftmax(input: shape)
        let (maps, places) = (Tensor(rows: 1, columns: shape.count), Tensor(rows: 1, columns: layer.outputs))
        // Channel 1: the third pixel of the second row.
        maps[0, (1 * 3 + 2) * 8 + 1] = 100
        layer.forward(maps.view, into: places.view, probabilities: Tensor(rows: 1, columns: shape.count).view)
        for channel in 0..<8 {
            #expect(abs(places[0, channel] - (channel == 1 ? 1 : 0)) < 1e-5)
            #expect(abs(places[0, 8 + channel] - (channel == 1 ? -0.5 : 0)) < 1e-5)
        }
    }

    @Test("Its gradient is that of finite differences", arguments: [1, 2, 3] as [UInt64])
    func gradient(seed: UInt64) {
        var random = RandomStream(seed: seed)
        let shape = MapShape(height: 4, width: 5, channels: 16)
        let layer = SpatialSoftmax(input: shape)
        let (maps, weights) = (gaussian(2, shape.count, &random), gaussian(2, layer.outputs, &random))
        let (places, probabilities) = (
            Tensor(rows: 2, columns: layer.outputs), Tensor(rows: 2, columns: shape.count)
        )
        func loss() -> Double {
            layer.forward(maps.view, into: places.view, probabilities: probabilities.view)
            return places.dot(weights)
        }
        _ = loss()
        let gradient = Tensor(rows: 2, columns: shape.count)
        layer.backward(
            places: places.view, probabilities: probabilities.view, placeGradient: weights.view, into: gradient.view)
        #expect(gradientFault(of: maps, gradient: gradient, loss: loss) < 3e-3)
    }
}

@Suite("Pictures as input")
struct PictureInputTests {
    @Test(
        "Bytes become numbers, and what is moved out is made up for by the edge", arguments: [(0, 0), (2, -1), (-3, 1)])
    func moved(left: Int, up: Int) {
        let shape = MapShape(height: 4, width: 6, channels: 3)
        let bytes = (0..<shape.count).map { UInt8($0 * 3 % 256) }
        let output = Tensor(rows: 1, columns: shape.count)
        bytes.withUnsafeBufferPointer {
            PictureInput.write($0, shape: shape, left: left, up: up, into: output.base)
        }
        for row in 0..<4 {
            for column in 0..<6 {
                let from = min(max(row + up, 0), 3) * 6 + min(max(column + left, 0), 5)
                for channel in 0..<3 {
                    let expected = Float(bytes[3 * from + channel]) / 127.5 - 1
                    #expect(abs(output[0, 3 * (row * 6 + column) + channel] - expected) < 1e-6)
                }
            }
        }
    }
}
