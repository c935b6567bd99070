/// How a base policy's action and the small policy's become one: `a = baseShare · b + gain ⊙ u`, held within ±1.
///
/// The small policy's own action `u` is what the learner sees everywhere: policy, reward, critics and replay speak of `u`, and
/// the base action is part of the state. Only so is the cloned policy optimal for the coherent reward at the start.
public struct Composition: Hashable, Codable, Sendable {
    /// The two ways.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        /// A weighted mean of two complete actions; a demonstration's label is the demonstrated action.
        case ensemble
        /// A correction of the base action; a demonstration's label is the correction that was needed.
        case residual
    }

    /// Which way.
    public let kind: Kind
    /// The factor of the base action.
    public let baseShare: Float
    /// The factor of the small policy's action in each dimension.
    public let gains: [Float]
    /// Labels and effective actions are held within ± this: near ±1 a squashed density explodes.
    public let limit: Float

    /// The mean of both, weighted.
    ///
    /// - Parameters:
    ///   - baseShare: the base action's weight, from 0 to below 1.
    ///   - range: for each dimension the action that the small policy's ±1 stands for; a little above 1 keeps
    ///     demonstrated actions of ±1 away from the ends.
    ///   - limit: see ``limit``.
    /// - Throws: ``LearningError/configuration(_:)``.
    public static func ensemble(
        baseShare: Float = 0.5, range: [Float], limit: Float = 0.97
    ) throws(LearningError) -> Composition {
        guard baseShare >= 0, baseShare < 1 else {
            throw .configuration("an ensemble's base share is in 0..<1; not \(baseShare)")
        }
        return try Composition(
            kind: .ensemble, baseShare: baseShare, gains: range.map { $0 * (1 - baseShare) }, limit: limit)
    }

    /// A correction of at most `scales` in each dimension.
    ///
    /// - Throws: ``LearningError/configuration(_:)``.
    public static func residual(scales: [Float], limit: Float = 0.97) throws(LearningError) -> Composition {
        try Composition(kind: .residual, baseShare: 1, gains: scales, limit: limit)
    }

    private init(kind: Kind, baseShare: Float, gains: [Float], limit: Float) throws(LearningError) {
        guard !gains.isEmpty, gains.allSatisfy({ $0 > 0 && $0 <= 4 }) else {
            throw .configuration(
                "the small policy's range must be positive and at most 4 in each dimension; not \(gains)")
        }
        guard limit > 0, limit < 0.999 else {
            throw .configuration("the limit of a small policy's action is in 0..<0.999; not \(limit)")
        }
        (self.kind, self.baseShare, self.gains, self.limit) = (kind, baseShare, gains, limit)
    }

    /// How many numbers an action has.
    public var actionSize: Int { gains.count }

    /// The action for the robot. Returns how many dimensions had to be held within ±1.
    @discardableResult
    public func compose(
        base: UnsafeBufferPointer<Float>, action: UnsafeBufferPointer<Float>,
        into result: UnsafeMutableBufferPointer<Float>
    ) -> Int {
        precondition(
            base.count == actionSize && action.count == actionSize && result.count == actionSize,
            "composition: actions of another size")
        var held = 0
        for index in 0..<actionSize {
            let sum = baseShare * base[index] + gains[index] * action[index]
            result[index] = min(max(sum, -1), 1)
            if abs(sum) > 1 { held += 1 }
        }
        return held
    }

    /// The robot's action if an ensemble's small policy had all of the say. Returns how many dimensions had to be held within
    /// ±1.
    ///
    /// - Precondition: this is an ensemble; a correction means nothing by itself.
    @discardableResult
    public func actAlone(
        _ action: UnsafeBufferPointer<Float>, into result: UnsafeMutableBufferPointer<Float>
    ) -> Int {
        precondition(kind == .ensemble, "composition: a correction cannot act alone")
        var held = 0
        for index in 0..<actionSize {
            let value = gains[index] / (1 - baseShare) * action[index]
            result[index] = min(max(value, -1), 1)
            if abs(value) > 1 { held += 1 }
        }
        return held
    }

    /// The small policy's action that would have given what was really executed, after a safety filter or a person changed
    /// the command. Returns how many dimensions had to be held within ±``limit``.
    @discardableResult
    public func effectiveAction(
        executed: UnsafeBufferPointer<Float>, base: UnsafeBufferPointer<Float>,
        into action: UnsafeMutableBufferPointer<Float>
    ) -> Int {
        precondition(
            base.count == actionSize && action.count == actionSize && executed.count == actionSize,
            "composition: actions of another size")
        var held = 0
        for index in 0..<actionSize {
            held += hold((executed[index] - baseShare * base[index]) / gains[index], &action[index])
        }
        return held
    }

    /// The small policy's action that a demonstration teaches. Returns how many dimensions had to be held within ±``limit``.
    @discardableResult
    public func label(
        demonstrated: UnsafeBufferPointer<Float>, base: UnsafeBufferPointer<Float>,
        into action: UnsafeMutableBufferPointer<Float>
    ) -> Int {
        switch kind {
        case .residual: return effectiveAction(executed: demonstrated, base: base, into: action)
        case .ensemble:
            precondition(
                action.count == actionSize && demonstrated.count == actionSize, "composition: actions of another size")
            var held = 0
            for index in 0..<actionSize {
                held += hold(demonstrated[index] * (1 - baseShare) / gains[index], &action[index])
            }
            return held
        }
    }

    private func hold(_ value: Float, _ result: inout Float) -> Int {
        result = min(max(value, -limit), limit)
        return abs(value) > limit ? 1 : 0
    }
}
