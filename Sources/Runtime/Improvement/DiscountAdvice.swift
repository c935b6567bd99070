import Foundation

extension JobConfiguration.ImproveSettings {
    /// What to say where success at the end of an episode would hardly count at its beginning.
    ///
    /// Every step costs something under the coherent reward, the more the less sure the cloned policy is of what it does. If the
    /// end is too far away to count, standing still where it is sure costs less than going on. The rule: of what comes at the end
    /// of a demonstration of mean length, a tenth must be left at its beginning; a fifth is advised.
    ///
    /// - Parameter meanLength: of demonstrations, steps.
    /// - Returns: one line, or nil where all is well.
    func discountAdvice(meanLength: Double) -> String? {
        let left = pow(discount, meanLength)
        guard method != .cloning, left < 0.1 else { return nil }
        let advised = (pow(0.2, 1 / meanLength) * 1000).rounded() / 1000
        return
            "demonstrations take \(Int(meanLength.rounded())) steps; with a discount of \(Results.rounded(discount)) only "
            + "\(Results.percent(left)) of what comes at their end counts at their beginning: write improve.discount: \(advised)"
    }
}
