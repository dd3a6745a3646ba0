/// What each thread ran, and when: a plain value that whoever holds the trace fills in.
package struct Timeline: Sendable, Equatable {
    package var title: String
    /// Names, by index.
    package var threads: [String]
    package var spans: [Span]
    /// Spans that the trace had no room for. The pictures say so.
    package var droppedSpans: UInt64

    package init(
        title: String, threads: [String] = [], spans: [Span] = [], droppedSpans: UInt64 = 0
    ) {
        self.title = title
        self.threads = threads
        self.spans = spans
        self.droppedSpans = droppedSpans
    }

    /// One activation. Spans of one thread follow each other; where they overlap all the same, the
    /// earlier one is drawn in front and no time is counted twice for the thread.
    package struct Span: Sendable, Equatable {
        package var thread: Int
        package var stage: String
        package var startNs: UInt64
        package var endNs: UInt64
        package var elements: UInt64

        package init(
            thread: Int, stage: String, startNs: UInt64, endNs: UInt64, elements: UInt64 = 0
        ) {
            self.thread = thread
            self.stage = stage
            self.startNs = startNs
            self.endNs = endNs
            self.elements = elements
        }
    }
}
