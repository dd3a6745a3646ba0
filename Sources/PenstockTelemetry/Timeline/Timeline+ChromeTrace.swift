extension Timeline {
    /// Chrome Trace Event JSON, which Perfetto (ui.perfetto.dev) and chrome://tracing open.
    ///
    /// Times start at the first span: trace viewers hold microseconds in a Double, which has no
    /// room for nanoseconds beside the time since boot.
    package func chromeTrace() -> String {
        var out = "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"title\":"
        out += JSONText.quoted(title) + ",\"droppedSpans\":\(droppedSpans)},\"traceEvents\":[\n"
        out += "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":"
        out += JSONText.quoted(title) + "}}"
        for (index, name) in threads.enumerated() {
            let head = ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":\(index + 1),\"name\":"
            out += head + "\"thread_name\",\"args\":{\"name\":" + JSONText.quoted(name) + "}}"
            out += head + "\"thread_sort_index\",\"args\":{\"sort_index\":\(index)}}"
        }
        let valid = spans.filter { threads.indices.contains($0.thread) && $0.endNs >= $0.startNs }
        let origin = valid.map(\.startNs).min() ?? 0
        var quoted: [String: String] = [:]
        for span in valid {
            let name = quoted[span.stage] ?? JSONText.quoted(span.stage)
            quoted[span.stage] = name
            out += ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":\(span.thread + 1),\"name\":" + name
            out += ",\"cat\":\"stage\",\"ts\":" + Self.microseconds(span.startNs - origin)
            out += ",\"dur\":" + Self.microseconds(span.endNs - span.startNs)
            out += ",\"args\":{\"elements\":\(span.elements)}}"
        }
        return out + "\n]}\n"
    }

    /// Exact: three decimals hold the nanoseconds.
    private static func microseconds(_ ns: UInt64) -> String {
        let rest = ns % 1000
        if rest == 0 { return "\(ns / 1000)" }
        return "\(ns / 1000)." + (rest < 10 ? "00" : rest < 100 ? "0" : "") + "\(rest)"
    }
}
