public import Realtime
public import Robots

/// Reads a leader on a thread of its own, at its own rate, and shows where it is through a *latest* exchange.
///
/// The leader's motors are never commanded: a driver that has connected leaves them without torque. A reply that does not come
/// is data: the pose keeps the time of the last one, and whoever follows looks at its age.
public final class LeaderReader: Sendable {
    /// What reading came to.
    public struct Counts: BitwiseCopyable, Sendable {
        /// Readings.
        public var readings: UInt64 = 0
        /// Readings in which some joint or the gripper had no new value.
        public var incomplete: UInt64 = 0

        /// None yet.
        public init() {}
    }

    /// The newest pose: one writer, the reader's thread.
    public let pose: Latest<LeaderPose>
    /// What was measured last, with the fault of each joint: one writer, the reader's thread.
    public let state: Latest<RobotState>
    private let counted: Latest<Counts>
    private let end: EndFlag
    private let thread: RealtimeThread

    private init(
        pose: Latest<LeaderPose>, state: Latest<RobotState>, counted: Latest<Counts>, end: EndFlag,
        thread: RealtimeThread
    ) {
        self.pose = pose
        self.state = state
        self.counted = counted
        self.end = end
        self.thread = thread
    }

    /// Starts reading.
    ///
    /// - Parameters:
    ///   - driver: Connected; moved to the thread, which disconnects it at the end.
    ///   - robot: The leader.
    ///   - rate: Readings a second, Hz. A bus that is slower than that is read as fast as it goes.
    ///   - options: The rights to ask for; below the control loop's.
    /// - Throws: `RealtimeError` if there is no thread for it.
    public static func start<Driver: RobotDriver & SendableMetatype & ~Copyable>(
        _ driver: consuming Driver, robot: RobotDescription, rate: Double, options: RealtimeOptions
    ) throws(RealtimeError) -> LeaderReader {
        let pose = Latest(LeaderPose())
        let state = Latest(RobotState())
        let counted = Latest(Counts())
        let end = EndFlag()
        let handed = Handover(driver)
        let period = UInt64((1e9 / rate).rounded())
        let thread = try RealtimeThread.start(name: "leader", options: options) { _ in
            var driver = handed.take()
            var pacer = CyclePacer(period: period, spin: 0, overrunBudget: OverrunBudget(limit: .max))
            var measurement = Measurement()
            var counts = Counts()
            pacer.start()
            while !end.isSet {
                let now = pacer.wait().woke
                driver.read(into: &measurement, now: now)
                let read = LeaderPose(measurement.state, of: robot)
                counts.readings += 1
                if !read.isComplete || read.time < now { counts.incomplete += 1 }
                pose.publish(read)
                state.publish(measurement.state)
                counted.publish(counts)
            }
            driver.disconnect()
        }
        return LeaderReader(pose: pose, state: state, counted: counted, end: end, thread: thread)
    }

    /// What reading has come to so far.
    public var counts: Counts {
        var counts = Counts()
        _ = counted.read(into: &counts)
        return counts
    }

    /// Ends reading and waits for the thread; the leader is disconnected afterwards.
    public func stop() {
        end.set()
        thread.join()
    }
}
