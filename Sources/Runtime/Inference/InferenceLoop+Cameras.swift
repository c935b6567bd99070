import Cameras
import Control
import Policies
import Realtime

extension InferenceLoop {
    /// Reads the cameras' newest frames.
    ///
    /// - Returns: what is wrong, in one line, where one of them has none that is new enough.
    mutating func look(now: MonotonicTime) -> String? {
        guard !cameras.isEmpty else { return nil }
        var seen: [CameraFrame] = []
        seen.reserveCapacity(cameras.count)
        for camera in cameras {
            guard let frame = camera.newest(), now.nanoseconds(since: frame.time) <= camera.ageLimit else {
                return camera.complaint(now: now) ?? "camera '\(camera.name)': no frame could be read"
            }
            seen.append(frame)
        }
        frames = seen
        return nil
    }

    /// What the policy sees of the present step: of a job with images the features of what the cameras see.
    ///
    /// - Parameter observation: as the task observes.
    /// - Throws: `PolicyError` if the pictures are not those of the encoder's cameras.
    mutating func policyObservation(_ observation: [Float]) throws(PolicyError) -> [Float] {
        guard let view else { return observation }
        if let seen { return seen }
        let fresh = try view.see(observation, frames: frames)
        seen = fresh
        return fresh
    }

    /// A camera shows nothing of the present: before the first step the robot is held until it does, later the episode ends
    /// with the robot held.
    mutating func waitForCameras(_ complaint: String, observation: [Float], now: MonotonicTime) -> Event {
        waitedTicks += 1
        if pending == nil, stepIndex == 0, waitedTicks <= setting.chunkPatienceSteps {
            publish(makeSetpoint(.hold, now: now))
            return .preparing
        }
        completePending(nextObservation: observation, isSuccess: false, isDone: true)
        return end(.cameraFault, observation: observation, detail: complaint, now: now)
    }
}
