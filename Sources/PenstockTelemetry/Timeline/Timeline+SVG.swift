extension Timeline {
    /// One lane per thread, slices coloured by stage, the share of each stage, and how much ran at
    /// the same time. The file stays below about 500 kB whatever the number of spans.
    package func svg(width: Double = 1200) -> String {
        TimelineDrawing(self, width: max(480, width)).document()
    }
}
