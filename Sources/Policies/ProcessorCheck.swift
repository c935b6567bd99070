internal import CRealtime

/// Whether this processor can run the numerical kernels, which are compiled for AVX2 and FMA.
///
/// In this module because code of `Numerics` could already stop at an illegal instruction.
public enum ProcessorCheck {
    /// - Throws: ``PolicyError/processor(missing:)``
    public static func run() throws(PolicyError) {
        if let feature = steadyhand_missing_processor_feature() {
            throw .processor(missing: String(cString: feature))
        }
    }
}
