/// Straight paths from noise to data, on which flow matching learns a velocity.
public enum StraightPath {
    /// In: noise, and the end of the path. Out: in `noise` the point at `time` (0 noise, 1 end), in `end` the velocity
    /// `end − noise`.
    public static func point(
        at time: Float, noise: UnsafeMutableBufferPointer<Float>, end: UnsafeMutableBufferPointer<Float>
    ) {
        precondition(noise.count == end.count, "noise and end have different sizes")
        guard let first = noise.baseAddress, let second = end.baseAddress else { return }
        Kernels.straightPath(first, second, time: time, noise.count)
    }
}
