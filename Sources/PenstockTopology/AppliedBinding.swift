/// What became of a planned binding, read back from the thread: hwloc and the kernel may both
/// report success for a binding that is not there.
package struct AppliedBinding: Sendable, Hashable {
    package let planned: ProcessorSet
    /// The affinity mask read back from the thread.
    package let actual: ProcessorSet
    /// Where the thread ran when it was asked; -1 when unknown.
    package let lastProcessor: Int
    /// The errno value of the attempt; 0 when it succeeded.
    package let errorCode: Int32

    package init(
        planned: ProcessorSet, actual: ProcessorSet, lastProcessor: Int = -1, errorCode: Int32 = 0
    ) {
        self.planned = planned
        self.actual = actual
        self.lastProcessor = lastProcessor
        self.errorCode = errorCode
    }

    /// Whether the thread is bound as planned; an unbound plan is always met.
    package var isAsPlanned: Bool {
        errorCode == 0 && (planned.isEmpty || planned == actual)
    }
}
