/// Between actions, −1…1, and the standardised numbers that the flow runs on.
public struct ActionScaler: Hashable, Sendable {
    /// Subtracted from each component of an action.
    public let mean: [Float]
    /// Each component is divided by it afterwards.
    public let scale: [Float]

    /// The smallest scale: a component that hardly moves in the demonstrations is not blown up.
    public static var smallestScale: Float { 0.05 }

    /// With statistics that were computed before.
    public init(mean: [Float], scale: [Float]) {
        precondition(mean.count == scale.count, "one mean and one scale for each component")
        self.mean = mean
        self.scale = scale
    }

    /// Standardises by the mean and deviation of the actions of these demonstrations.
    init(actionSize: Int, fitting episodes: [DemonstrationSet.Episode]) {
        var sums = Statistics(size: actionSize)
        for episode in episodes {
            for start in stride(from: 0, to: episode.actions.count, by: actionSize) {
                sums.add(episode.actions[start..<start + actionSize])
            }
        }
        self.init(mean: sums.mean, scale: sums.deviation.map { max($0, Self.smallestScale) })
    }

    /// An action's component in the flow's numbers.
    func standardised(_ action: Float, _ component: Int) -> Float { (action - mean[component]) / scale[component] }

    /// A number of the flow as an action's component, held within −1…1; NaN stays NaN.
    func action(_ number: Float, _ component: Int) -> Float {
        let value = number * scale[component] + mean[component]
        return value > 1 ? 1 : value < -1 ? -1 : value
    }
}
