import CMuJoCo

/// Kinematics and dynamics of an arm, from the MuJoCo model that its robot file names.
///
/// The model is the arm alone, fixed at the origin: its world frame is the arm's base frame. The gripper is part of it, so
/// that its mass counts; contacts, joint limits and actuators are not. The same type serves a real arm and a simulated one.
///
/// Creating one reads files and allocates; ``update(positions:velocities:gripperOpening:)`` does neither.
public struct ArmModel: ~Copyable {
    /// How many joints the arm has; only the first so many entries of the vectors and matrices are in use.
    public let jointCount: Int

    /// Pose of the tool in the base frame.
    public private(set) var toolPose = Pose()
    /// Maps joint velocities to the tool's linear (m/s) and angular (rad/s) velocity, both in the base frame.
    public private(set) var jacobian = ToolJacobian.zero
    /// Joint-space inertia, motor armature included, kg·m².
    public private(set) var massMatrix = JointMatrix.zero
    /// Torques of gravity, Coriolis and centrifugal forces, N·m: what motors must add for the arm not to accelerate.
    public private(set) var bias = JointVector.zero

    let model: UnsafeMutablePointer<mjModel>
    let data: UnsafeMutablePointer<mjData>
    let scratch: UnsafeMutablePointer<Double>
    let velocityCount: Int
    let site: Int
    let positionAddresses: InlineArray<8, Int>
    let velocityAddresses: InlineArray<8, Int>
    let fingerCount: Int
    let fingerAddresses: InlineArray<8, Int>
    let jaw: GripperTurn?

    // MuJoCo's arrays, at addresses that stay the same as long as `data` lives.
    let positionArray: UnsafeMutablePointer<Double>
    let velocityArray: UnsafeMutablePointer<Double>
    let sitePositions: UnsafeMutablePointer<Double>
    let siteRotations: UnsafeMutablePointer<Double>
    let biasArray: UnsafeMutablePointer<Double>

    init(parts: borrowing ArmModelParts) throws(ArmModelError) {
        guard let data = mj_makeData(parts.model) else {
            mj_deleteModel(parts.model)
            throw ArmModelError(path: parts.path, message: "MuJoCo has no memory for its state")
        }
        model = parts.model
        self.data = data
        velocityCount = Int(parts.model.pointee.nv)
        scratch = .allocate(capacity: max(velocityCount * velocityCount, 6 * velocityCount))
        scratch.initialize(repeating: 0, count: max(velocityCount * velocityCount, 6 * velocityCount))
        site = parts.site
        jointCount = parts.jointCount
        positionAddresses = parts.positionAddresses
        velocityAddresses = parts.velocityAddresses
        fingerCount = parts.fingerCount
        fingerAddresses = parts.fingerAddresses
        jaw = parts.jaw
        positionArray = data.pointee.qpos
        velocityArray = data.pointee.qvel
        sitePositions = data.pointee.site_xpos
        siteRotations = data.pointee.site_xmat
        biasArray = data.pointee.qfrc_bias
        update(positions: parts.home, velocities: .zero, gripperOpening: 0)
    }

    deinit {
        scratch.deallocate()
        mj_deleteData(data)
        mj_deleteModel(model)
    }

    /// Computes everything above for a state of the arm.
    ///
    /// - Parameters:
    ///   - positions: rad. Must be finite.
    ///   - velocities: rad/s. Must be finite.
    ///   - gripperOpening: Distance between the fingers, m; shared equally among those that slide.
    @_noLocks
    public mutating func update(
        positions: borrowing JointVector, velocities: borrowing JointVector, gripperOpening: Double
    ) {
        for joint in 0..<jointCount {
            positionArray[positionAddresses[joint]] = positions[joint]
            velocityArray[velocityAddresses[joint]] = velocities[joint]
        }
        for finger in 0..<fingerCount {
            positionArray[fingerAddresses[finger]] =
                if let jaw { jaw.angle(at: gripperOpening) } else { gripperOpening / Double(fingerCount) }
        }
        steadyhand_mj_kinematics(model, data)
        steadyhand_mj_comPos(model, data)
        steadyhand_mj_crb(model, data)
        steadyhand_mj_comVel(model, data)
        steadyhand_mj_rne(model, data, 0, biasArray)
        readToolPose()
        readJacobian()
        readDynamics()
    }

    @_noLocks
    private mutating func readToolPose() {
        let position = sitePositions + 3 * site
        let rotation = siteRotations + 9 * site
        toolPose = Pose(
            position: SIMD3(position[0], position[1], position[2]),
            orientation: Matrix3(
                rows: SIMD3(rotation[0], rotation[1], rotation[2]),
                SIMD3(rotation[3], rotation[4], rotation[5]),
                SIMD3(rotation[6], rotation[7], rotation[8])
            ).quaternion)
    }

    @_noLocks
    private mutating func readJacobian() {
        steadyhand_mj_jacSite(model, data, scratch, scratch + 3 * velocityCount, Int32(truncatingIfNeeded: site))
        for row in 0..<6 {
            for joint in 0..<jointCount {
                jacobian[row, joint] = scratch[row * velocityCount + velocityAddresses[joint]]
            }
        }
    }

    @_noLocks
    private mutating func readDynamics() {
        steadyhand_mj_fullM(model, data, scratch)
        for row in 0..<jointCount {
            bias[row] = biasArray[velocityAddresses[row]]
            for column in 0..<jointCount {
                massMatrix[row, column] = scratch[velocityAddresses[row] * velocityCount + velocityAddresses[column]]
            }
        }
    }
}

extension ArmModel {
    /// Linear (m/s) and angular (rad/s) velocity of the tool in the base frame, for joint velocities (rad/s).
    @_noLocks
    public func toolVelocity(_ velocities: borrowing JointVector) -> (linear: SIMD3<Double>, angular: SIMD3<Double>) {
        jacobian.times(velocities, count: jointCount)
    }
}

/// Why a robot's model could not be used.
public struct ArmModelError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The model's file.
    public var path: String
    /// What is wrong, and what would be right.
    public var message: String

    /// See the properties.
    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    /// The file and the message.
    public var description: String { "\(path): \(message)" }
}
