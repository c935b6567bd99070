/// What a backend knows of the world beside the robot: for the simulator its whole physics state, for a real robot
/// nothing unless some device tracks objects.
///
/// A task reads objects out of it and writes initial states into it. Without allocation.
public struct SceneSnapshot: BitwiseCopyable, Sendable {
    /// The largest number of values a scene may have.
    @inlinable
    public static var capacity: Int { @_noLocks get { 96 } }

    /// How many of ``values`` are in use.
    public var count: Int = 0
    /// The values, laid out as the backend that filled them says; the rest are zero.
    public var values: InlineArray<96, Double> = InlineArray(repeating: 0)

    /// A scene without values.
    @inlinable
    @_noLocks
    public init() {}

    /// One of the values, from 0.
    @inlinable
    public subscript(index: Int) -> Double {
        @_noLocks get { values[index] }
        @_noLocks set { values[index] = newValue }
    }
}

/// One control cycle's measurements: the robot's, and the scene's where the backend has them.
public struct Measurement: BitwiseCopyable, Sendable {
    /// What the robot measured.
    public var state = RobotState()
    /// The scene, where the backend knows it.
    public var scene = SceneSnapshot()

    /// Nothing measured yet.
    @inlinable
    public init() {}
}
