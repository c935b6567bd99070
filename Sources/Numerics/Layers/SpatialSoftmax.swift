/// Turns each channel of a feature map into a place: the expected one, if the softmax of the channel says how probable every
/// pixel is (Levine et al., "End-to-end training of deep visuomotor policies", 2016).
///
/// It has no parameters. A place goes from −1 to 1: across from the left, down from the top.
public struct SpatialSoftmax: Hashable, Sendable {
    /// Of the input; the channels are a multiple of 8.
    public let input: MapShape

    /// - Precondition: the number of channels is a multiple of 8.
    public init(input: MapShape) {
        precondition(input.channels % 8 == 0 && input.count > 0, "the channels must be a multiple of 8")
        self.input = input
    }

    /// Numbers in a row of the output: all places across, then all places down.
    public var outputs: Int { 2 * input.channels }

    /// Batch × map to batch × ``outputs``; `probabilities` (batch × map) keeps what the backward pass needs.
    public func forward(_ maps: TensorView, into places: TensorView, probabilities: TensorView) {
        check(maps, places, probabilities)
        for row in 0..<maps.rows {
            let target = places.base + row * places.stride
            Kernels.spatialSoftmax(
                maps.base + row * maps.stride, height: input.height, width: input.width, channels: input.channels,
                probabilities: probabilities.base + row * probabilities.stride, across: target,
                down: target + input.channels)
        }
    }

    /// Sets the gradient of the maps. `places` and `probabilities` are what the forward pass gave; `mapGradient` may be the
    /// maps.
    public func backward(
        places: TensorView, probabilities: TensorView, placeGradient: TensorView, into mapGradient: TensorView
    ) {
        check(mapGradient, places, probabilities)
        precondition(
            placeGradient.rows == places.rows && placeGradient.columns == outputs, "spatial softmax: shapes do not fit")
        for row in 0..<places.rows {
            let (place, slope) = (places.base + row * places.stride, placeGradient.base + row * placeGradient.stride)
            Kernels.spatialSoftmaxBackward(
                probabilities: probabilities.base + row * probabilities.stride, across: place,
                down: place + input.channels, acrossGradient: slope, downGradient: slope + input.channels,
                height: input.height, width: input.width, channels: input.channels,
                into: mapGradient.base + row * mapGradient.stride)
        }
    }

    private func check(_ maps: TensorView, _ places: TensorView, _ probabilities: TensorView) {
        precondition(
            maps.columns == input.count && probabilities.columns == input.count && places.columns == outputs
                && maps.rows == places.rows && probabilities.rows == maps.rows, "spatial softmax: shapes do not fit")
    }
}
