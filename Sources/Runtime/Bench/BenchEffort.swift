/// How long a round of each layer is.
struct BenchEffort: Sendable {
    /// Of measuring wake-ups, s.
    var wakeupSeconds: Double
    /// Of driving the control loop at its own rate, s.
    var pacedSeconds: Double
    /// Of driving the robot with a policy that answers late, and with one that answers at once, s.
    var answersSeconds: Double
    /// Operations on an exchange.
    var exchanges: Int
    /// Proposals of the policy.
    var proposals: Int
    /// Updates of training.
    var updates: Int
    /// Episodes of demonstrations and of experience that the learner learns from.
    var learnerEpisodes: (demonstrations: Int, experience: Int)
    /// Updates of the learner before it is timed.
    var learnerWarmUp: Int
    /// Updates of the learner.
    var learnerUpdates: Int
    /// Actions of the small policy.
    var actions: Int
    /// Rows and columns of the matrices that the machine's peak is measured with.
    var peakSize: Int
    /// Policy steps of the episode that control, simulation and recording run; its end comes earlier where the task is done.
    var policySteps: Int
    /// Small and large pictures.
    var pictures: (small: Int, large: Int)
    /// Cycles on a bus.
    var busCycles = 1000
    /// Bytes that a codec goes through.
    var codecBytes = 100_000_000
    /// Requests to a policy server.
    var remoteRequests = 300
    /// Messages written and read.
    var remoteMessages = 2000

    /// For figures to be quoted.
    static var full: BenchEffort {
        BenchEffort(
            wakeupSeconds: 2, pacedSeconds: 2, answersSeconds: 12, exchanges: 200_000, proposals: 200, updates: 60,
            learnerEpisodes: (40, 100), learnerWarmUp: 600, learnerUpdates: 400, actions: 5000, peakSize: 512,
            policySteps: 400, pictures: (100, 3))
    }
}
