import CRealtime
public import Robots

/// Drives the tool to a pose as if it were a mass on critically damped springs, whatever the arm's posture.
///
/// O. Khatib, "A unified approach for motion and force control of robot manipulators: the operational space formulation",
/// IEEE J. Robotics and Automation 3(1), 1987, with position and orientation decoupled, as the manipulation benchmarks
/// publish it:
///
///     Λₚ = (Jₚ M⁻¹ Jₚᵀ)⁻¹            Λₒ = (Jₒ M⁻¹ Jₒᵀ)⁻¹            Λ = (J M⁻¹ Jᵀ)⁻¹
///     F  = Λₚ (kₚ (x* − x) − dₚ ẋ)    T  = Λₒ (kₒ e − dₒ ω)
///     τ  = Jₚᵀ F + Jₒᵀ T + Nᵀ M (kₙ (q₀ − q) − dₙ q̇) + bias         Nᵀ = 1 − Jᵀ Λ J M⁻¹
///
/// with `e` half the sum of the cross products of the measured and the wanted orientation's columns, and `d = 2ζ√k`.
///
/// Where it departs from that: `Λₚ` and `Λₒ` are inverted with a smallest eigenvalue (``largestMass``, ``largestInertia``)
/// and `Λ` with a small addition to its diagonal, so that forces stay bounded at a singularity; and near the end of its
/// range a joint is pushed back by a spring and a damper, without which the arm can lock stretched out.
public struct OperationalSpaceController: BitwiseCopyable, Sendable {
    /// The tool counts as no heavier than this in any direction, kg.
    ///
    /// A Panda's tool weighs 2 to 15 kg in most directions and postures, and endlessly much along its stretched arm.
    public static var largestMass: Double { @_noLocks get { 50 } }
    /// The tool counts as having no more inertia than this about any axis, kg·m².
    public static var largestInertia: Double { @_noLocks get { 5 } }
    /// What is added to the diagonal of `J M⁻¹ Jᵀ`, 1/kg and 1/(kg·m²), where motions that leave the tool alone are found.
    static var nullspaceDamping: Double { @_noLocks get { 1e-4 } }

    /// Joint positions that the motions leaving the tool alone tend to, rad.
    public var home: JointVector
    let positionStiffness: Double
    let positionDamping: Double
    let orientationStiffness: Double
    let orientationDamping: Double
    let nullspaceStiffness: Double
    let nullspaceDampingGain: Double
    let limitMargin: Double
    let limitStiffness: Double
    let limitDamping: Double
    let lower: JointVector
    let upper: JointVector

    /// Takes gains, home position and the joints' ranges from a robot file.
    public init(robot: RobotDescription) {
        let gains = robot.control.operationalSpace
        home = robot.home
        positionStiffness = gains.positionStiffness
        positionDamping = 2 * gains.dampingRatio * steadyhand_sqrt(gains.positionStiffness)
        orientationStiffness = gains.orientationStiffness
        orientationDamping = 2 * gains.dampingRatio * steadyhand_sqrt(gains.orientationStiffness)
        nullspaceStiffness = gains.nullspaceStiffness
        nullspaceDampingGain = 2 * gains.nullspaceDampingRatio * steadyhand_sqrt(gains.nullspaceStiffness)
        limitMargin = gains.jointLimitMargin
        limitStiffness = gains.jointLimitStiffness
        limitDamping = gains.jointLimitDamping
        lower = JointVector(robot.joints.map(\.lower))
        upper = JointVector(robot.joints.map(\.upper))
    }

    /// The torques (N·m, gravity included) that drive the tool towards `goal`.
    ///
    /// - Parameters:
    ///   - goal: Pose of the tool in the base frame.
    ///   - model: Up to date for `positions` and `velocities`.
    ///   - inertia: The model's mass matrix, factorised.
    ///   - positions: rad.
    ///   - velocities: rad/s.
    /// - Returns: The torques, and whether the arm is so near to a singularity that they were held back.
    @_noLocks
    public func torques(
        towards goal: Pose, model: borrowing ArmModel, inertia: borrowing JointCholesky,
        positions: borrowing JointVector, velocities: borrowing JointVector
    ) -> (torques: JointVector, isSingular: Bool) {
        let count = model.jointCount
        // J M⁻¹ Jᵀ = Wᵀ W with W = L⁻¹ Jᵀ.
        let w = inertia.forward(model.jacobian)
        var rows = InlineArray<6, SIMD8<Double>>(repeating: SIMD8(repeating: 0))
        for joint in 0..<count {
            for row in 0..<6 { rows[row] += w[joint][row] * w[joint] }
        }
        var a = InlineArray<36, Double>(repeating: 0)
        for row in 0..<6 {
            for column in 0..<6 { a[row * 6 + column] = rows[row][column] }
        }
        let position = dampedInverse(
            Matrix3(rows: SIMD3(a[0], a[1], a[2]), SIMD3(a[6], a[7], a[8]), SIMD3(a[12], a[13], a[14])),
            smallest: 1 / Self.largestMass)
        let orientation = dampedInverse(
            Matrix3(rows: SIMD3(a[21], a[22], a[23]), SIMD3(a[27], a[28], a[29]), SIMD3(a[33], a[34], a[35])),
            smallest: 1 / Self.largestInertia)

        let velocity = model.toolVelocity(velocities)
        let error = goal.position - model.toolPose.position
        let force = position.inverse.times(positionStiffness * error - positionDamping * velocity.linear)
        let turn = Self.orientationError(from: model.toolPose.orientation, to: goal.orientation)
        let torque = orientation.inverse.times(orientationStiffness * turn - orientationDamping * velocity.angular)

        // Accelerations towards home, and the part of them that would move the tool: Λ J q̈₀.
        var posture = JointVector.zero
        for joint in 0..<count {
            posture[joint] =
                nullspaceStiffness * (home[joint] - positions[joint]) - nullspaceDampingGain * velocities[joint]
        }
        let pull = model.toolVelocity(posture)
        for row in 0..<6 { a[row * 7] += Self.nullspaceDamping }
        let lost = solve6(a, pull.linear, pull.angular)
        let postureTorques = model.massMatrix.times(posture, count: count)

        var result = model.jacobian.transposeTimes(
            force: force - lost.linear, torque: torque - lost.angular, count: count)
        for joint in 0..<count {
            result[joint] +=
                model.bias[joint] + postureTorques[joint] + limitTorque(joint, positions[joint], velocities[joint])
        }
        return (result, position.isDamped || orientation.isDamped)
    }

    /// Half the sum of the cross products of the columns: the rotation vector (rad) for small angles, and its direction
    /// times the sine of the angle for others.
    @_noLocks
    public static func orientationError(from measured: Quaternion, to goal: Quaternion) -> SIMD3<Double> {
        let m = Matrix3(measured)
        let g = Matrix3(goal)
        let sum =
            cross(SIMD3(m.row0.x, m.row1.x, m.row2.x), SIMD3(g.row0.x, g.row1.x, g.row2.x))
            + cross(SIMD3(m.row0.y, m.row1.y, m.row2.y), SIMD3(g.row0.y, g.row1.y, g.row2.y))
            + cross(SIMD3(m.row0.z, m.row1.z, m.row2.z), SIMD3(g.row0.z, g.row1.z, g.row2.z))
        return sum / 2
    }

    @_noLocks
    private func limitTorque(_ joint: Int, _ position: Double, _ velocity: Double) -> Double {
        let above = position - (upper[joint] - limitMargin)
        if above > 0 { return -limitStiffness * above - limitDamping * velocity }
        let below = lower[joint] + limitMargin - position
        if below > 0 { return limitStiffness * below - limitDamping * velocity }
        return 0
    }
}

/// Solves a positive definite 6×6 system by Cholesky factorisation; rows as in a tool's Jacobian.
@_noLocks
func solve6(
    _ matrix: borrowing InlineArray<36, Double>, _ linear: SIMD3<Double>, _ angular: SIMD3<Double>
) -> (linear: SIMD3<Double>, angular: SIMD3<Double>) {
    var l = InlineArray<36, Double>(repeating: 0)
    var x = InlineArray<6, Double>(repeating: 0)
    for row in 0..<6 {
        for column in 0..<(row + 1) {
            var sum = matrix[row * 6 + column]
            for k in 0..<column { sum -= l[row * 6 + k] * l[column * 6 + k] }
            // The addition to the diagonal keeps pivots positive; rounding must not make one zero.
            l[row * 6 + column] = row == column ? steadyhand_sqrt(max(sum, 1e-12)) : sum / l[column * 6 + column]
        }
        var sum = row < 3 ? linear[row] : angular[row - 3]
        for k in 0..<row { sum -= l[row * 6 + k] * x[k] }
        x[row] = sum / l[row * 7]
    }
    var row = 5
    while row >= 0 {
        var sum = x[row]
        var k = row + 1
        while k < 6 {
            sum -= l[k * 6 + row] * x[k]
            k += 1
        }
        x[row] = sum / l[row * 7]
        row -= 1
    }
    return (SIMD3(x[0], x[1], x[2]), SIMD3(x[3], x[4], x[5]))
}
