import Cameras
import Policies

/// What a policy sees of a step: what the robot says about itself, and features of the cameras' pictures. Where objects are,
/// which only a simulator knows, is left out.
///
/// For one thread at a time.
final class PolicyView {
    private let selection: ObservationSelection
    private let reader: ImageReader?

    /// - Parameters:
    ///   - layout: of what the task observes.
    ///   - encoder: of the pictures; nil leaves them out, for a base policy that looks at them itself.
    init(layout: ObservationLayout, encoder: ImageEncoder?) {
        selection = ObservationSelection(of: layout.withoutObjects, in: layout)
        reader = encoder?.makeReader()
    }

    /// - Parameters:
    ///   - observation: as the task observes.
    ///   - frames: what the cameras saw at the same moment.
    /// - Throws: `PolicyError` if the pictures are not those of the encoder's cameras.
    func see(_ observation: [Float], frames: [CameraFrame]) throws(PolicyError) -> [Float] {
        var seen = selection.apply(observation)
        try reader?.append(frames, to: &seen)
        return seen
    }
}
