/// The mean over all numbers of the squared difference.
public enum MeanSquaredError {
    /// Returns the error of `prediction` against `target`, and sets `gradient` to its derivative by the prediction,
    /// times `share`: a worker with a part of a batch gives its part's share.
    public static func loss(
        _ prediction: TensorView, _ target: TensorView, gradient: TensorView, share: Float = 1
    ) -> Double {
        let numbers = prediction.rows * prediction.columns
        precondition(
            target.rows == prediction.rows && gradient.rows == prediction.rows
                && target.columns == prediction.columns && gradient.columns == prediction.columns,
            "squared error: shapes do not fit")
        var sum = 0.0
        for row in 0..<prediction.rows {
            sum += Double(
                Kernels.squaredError(
                    prediction.base + row * prediction.stride, target.base + row * target.stride,
                    gradient: gradient.base + row * gradient.stride, scale: 2 * share / Float(numbers),
                    prediction.columns))
        }
        return sum / Double(numbers)
    }
}
