internal import Glibc

/// Why a topology could not be loaded, or an object of it not be found. The text names the source
/// and the cause.
package struct TopologyError: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String
    /// The errno value behind it; 0 when there is none.
    package let code: Int32

    package init(_ description: String, code: Int32 = 0) {
        self.description = description
        self.code = code
    }

    init(source: String, action: String, errno code: Int32) {
        // hwloc reports a refusal without a cause as errno 0.
        let cause = code == 0 ? "hwloc gives no cause" : errorText(code)
        self.init("\(source): \(action): \(cause)", code: code)
    }
}

/// The system's text for an errno value. `strerror` shares a buffer between threads, this does not.
func errorText(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
