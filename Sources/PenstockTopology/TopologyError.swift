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
        let cause = code == 0 ? "hwloc gives no cause" : String(cString: strerror(code))
        self.init("\(source): \(action): \(cause)", code: code)
    }
}
