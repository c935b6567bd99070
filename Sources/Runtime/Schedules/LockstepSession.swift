public import Control
import Realtime
public import Simulation

/// Runs the loops in a fixed order on a virtual clock: the cameras and one inference step, then the control cycles of its
/// period, then the recorder. As fast as the machine goes, and the same bytes out for the same seeds.
public struct LockstepSession: ~Copyable {
    private var clock = VirtualClock()
    private var control: ControlLoop<SimulatedRobot>
    private var inference: InferenceLoop
    private let cameras: SceneCameras?
    private let recorder: Recorder?
    private let channels: ControlChannels
    private let cyclesPerStep: Int
    private let cyclePeriod: UInt64

    /// Control cycles run so far.
    public private(set) var cycles: UInt64 = 0

    /// - Parameters:
    ///   - control: already connected.
    ///   - inference: moved in; it begins and ends the episodes.
    ///   - cameras: draw what inference sees; nil where it sees numbers alone.
    ///   - recorder: writes them; nil records nothing.
    ///   - channels: the ones that both loops were made with.
    ///   - cyclesPerStep: control cycles in an inference period.
    ///   - cyclePeriod: ns.
    public init(
        control: consuming ControlLoop<SimulatedRobot>, inference: consuming InferenceLoop,
        cameras: SceneCameras? = nil, recorder: Recorder?, channels: ControlChannels, cyclesPerStep: Int,
        cyclePeriod: UInt64
    ) {
        self.control = control
        self.inference = inference
        self.cameras = cameras
        self.recorder = recorder
        self.channels = channels
        self.cyclesPerStep = cyclesPerStep
        self.cyclePeriod = cyclePeriod
    }

    /// Runs one episode to its end.
    ///
    /// - Parameters:
    ///   - episode: its number and seed.
    ///   - stop: asked at every step; true ends the episode.
    /// - Throws: what the recorder throws.
    public mutating func run(_ episode: EpisodeRequest, stop: () -> Bool = { false }) throws -> EpisodeResult {
        // A fault of the episode before waits for a person; whoever starts a simulated episode is that person.
        channels.operatorRequest.requestReset()
        // What an episode comes to, and every byte recorded of it, follows from its seed and not from the episodes before.
        clock = VirtualClock()
        control.core.restartCounting()
        inference.restartCounting()
        cameras?.restartCounting()
        inference.begin(episode, now: clock.now)
        while true {
            advanceControl(cycles: cyclesPerStep)
            if stop() { inference.requestStop() }
            if inference.looksNext { try look() }
            let event = inference.step(now: clock.now)
            try recorder?.step()
            if case .ended(let result) = event {
                // The cycle that takes the last setpoint tells the recorder that the episode is complete.
                advanceControl(cycles: 1)
                try recorder?.finish()
                return result
            }
        }
    }

    /// Draws the world as control last measured it, which is what inference sees next.
    private func look() throws {
        guard let cameras else { return }
        var snapshot = ControlSnapshot()
        guard channels.snapshot.read(into: &snapshot) else { return }
        try cameras.step(scene: snapshot.measurement.scene, time: snapshot.measurement.state.time)
    }

    private mutating func advanceControl(cycles count: Int) {
        for _ in 0..<count {
            _ = control.step(now: clock.now)
            clock.advance(byNanoseconds: cyclePeriod)
        }
        cycles += UInt64(count)
    }
}
