/// Demonstrations that a policy is cloned from, checked when made.
public struct DemonstrationSet: Sendable {
    /// One demonstration.
    public struct Episode: Sendable {
        /// Names it in errors, such as its file's name.
        public let name: String
        /// The file it was read from, for whoever needs more of it than numbers; empty where there is none.
        public let path: String
        /// Observations, one row of the layout's size for every step.
        public let observations: [Float]
        /// Actions, one row of the action's size for every step, each number in −1…1.
        public let actions: [Float]

        /// An unchecked episode; ``DemonstrationSet/init(layout:actionSize:task:robot:encoder:episodes:minimumEpisodes:)`` checks.
        public init(name: String, path: String = "", observations: [Float], actions: [Float]) {
            self.name = name
            self.path = path
            self.observations = observations
            self.actions = actions
        }
    }

    /// What an observation is made of.
    public let layout: ObservationLayout
    /// How many numbers an action has.
    public let actionSize: Int
    /// The task's name, such as `square-d0`; saved with a policy.
    public let task: String
    /// The robot's name; saved with a policy.
    public let robot: String
    /// The ``ImageEncoder/fingerprint`` of what made features of pictures; nil where there are none.
    public let encoder: String?
    /// The demonstrations.
    public let episodes: [Episode]
    /// How many steps all episodes have together.
    public let stepCount: Int

    /// Checks sizes and numbers.
    ///
    /// - Throws: ``PolicyError/demonstrations(_:)`` naming the episode and step at fault, or saying that there are fewer
    ///   than `minimumEpisodes`.
    public init(
        layout: ObservationLayout, actionSize: Int, task: String, robot: String, encoder: String? = nil,
        episodes: [Episode], minimumEpisodes: Int = 1
    ) throws(PolicyError) {
        guard layout.size > 0 else { throw .demonstrations("the observation layout is empty") }
        guard actionSize > 0 else { throw .demonstrations("an action must have at least one number") }
        guard episodes.count >= minimumEpisodes else {
            throw .demonstrations(
                "\(episodes.count) demonstrations are too few; at least \(minimumEpisodes) are needed")
        }
        var steps = 0
        for episode in episodes {
            steps += try Self.checkedSteps(of: episode, layout: layout, actionSize: actionSize)
        }
        self.layout = layout
        self.actionSize = actionSize
        self.task = task
        self.robot = robot
        self.encoder = encoder
        self.episodes = episodes
        self.stepCount = steps
    }

    private static func checkedSteps(
        of episode: Episode, layout: ObservationLayout, actionSize: Int
    ) throws(PolicyError) -> Int {
        let steps = episode.actions.count / actionSize
        guard steps > 0, steps * actionSize == episode.actions.count else {
            throw .demonstrations(
                "demonstration '\(episode.name)' has \(episode.actions.count) action numbers, "
                    + "which is not a positive multiple of \(actionSize)")
        }
        guard episode.observations.count == steps * layout.size else {
            throw .demonstrations(
                "demonstration '\(episode.name)' has \(episode.observations.count) observation numbers for \(steps) "
                    + "actions; the layout asks for \(steps * layout.size)")
        }
        if let index = episode.observations.firstIndex(where: { !$0.isFinite }) {
            let (step, offset) = index.quotientAndRemainder(dividingBy: layout.size)
            let place = layout.place(of: offset)
            throw .demonstrations(
                "demonstration '\(episode.name)' has a number that is not finite at step \(step): observation part "
                    + "'\(place.part)', index \(place.index)")
        }
        if let index = episode.actions.firstIndex(where: { !($0 >= -1 && $0 <= 1) }) {
            let (step, component) = index.quotientAndRemainder(dividingBy: actionSize)
            throw .demonstrations(
                "demonstration '\(episode.name)' has the action \(episode.actions[index]) at step \(step), component "
                    + "\(component); actions are normalised to -1...1")
        }
        return steps
    }
}

extension ObservationLayout {
    /// The part that the number at `offset` belongs to, and its index there.
    func place(of offset: Int) -> (part: String, index: Int) {
        var rest = offset
        for part in parts {
            if rest < part.size { return (part.name, rest) }
            rest -= part.size
        }
        preconditionFailure("offset \(offset) is outside of the layout")
    }
}
