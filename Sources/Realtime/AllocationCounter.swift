internal import CRealtime

/// How often a thread has called the allocator: the proof at run time that the real-time path does not.
///
/// The counting allocator is linked into every executable that uses this module, except in sanitizer builds.
public enum AllocationCounter {
    /// Calls of `malloc`, `calloc`, `realloc` and the aligned variants by the calling thread since it began, from
    /// whatever language; nil when this process does not count them.
    @_noLocks
    public static func threadCount() -> UInt64? {
        steadyhand_allocations_are_counted() ? steadyhand_thread_allocations() : nil
    }

    /// Calls of `free` by the calling thread since it began; nil when this process does not count them.
    @_noLocks
    public static func threadReleaseCount() -> UInt64? {
        steadyhand_allocations_are_counted() ? steadyhand_thread_releases() : nil
    }
}
