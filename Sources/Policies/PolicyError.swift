/// Why a policy could not be made, trained, loaded or asked.
public enum PolicyError: Error, Equatable, Sendable {
    /// An observation has another number of values than the layout says.
    case observationSize(expected: Int, actual: Int)
    /// A part of an observation holds NaN or infinity; `index` counts within the part.
    case observationNotFinite(part: String, index: Int)
    /// The four numbers of a quaternion in this part are (nearly) zero and give no rotation.
    case observationRotation(part: String)
    /// A camera's picture is missing, or of another size.
    case pictures(String)
    /// The network gave NaN or infinity at this step of the chunk and component of the action.
    case actionNotFinite(step: Int, component: Int)
    /// A configuration value is out of its range.
    case configuration(String)
    /// A demonstration is unusable, or there are too few.
    case demonstrations(String)
    /// A checkpoint is damaged, or was made for something else.
    case checkpoint(path: String, message: String)
    /// A checkpoint cannot be written.
    case storage(path: String, message: String)
    /// The training loss is no longer a finite number.
    case diverged(step: Int)
    /// A model that was trained elsewhere could not be evaluated.
    case model(path: String, message: String)
    /// A library that a policy needs is not on this machine.
    case library(String)
    /// This processor lacks instructions that the kernels are compiled for.
    case processor(missing: String)
}

extension PolicyError: CustomStringConvertible {
    /// One line for the user.
    public var description: String {
        switch self {
        case .observationSize(let expected, let actual):
            "an observation has \(actual) numbers; the policy's layout has \(expected)"
        case .observationNotFinite(let part, let index):
            "the observation's part '\(part)' is not finite at index \(index)"
        case .observationRotation(let part):
            "the observation's part '\(part)' holds a quaternion of length zero"
        case .actionNotFinite(let step, let component):
            "the policy's action is not finite at step \(step) of the chunk, component \(component)"
        case .configuration(let message), .library(let message), .pictures(let message): message
        case .demonstrations(let message): message
        case .checkpoint(let path, let message), .storage(let path, let message), .model(let path, let message):
            "\(path): \(message)"
        case .diverged(let step):
            "the training loss is not finite at step \(step); a lower learning rate may help"
        case .processor(let missing):
            "this processor has no \(missing); Steadyhand's kernels need AVX2 and FMA (Intel Haswell, AMD Zen or later)"
        }
    }
}
