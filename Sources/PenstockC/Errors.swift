public import CPenstock
import CPenstockPlatform
import Glibc
import PenstockRuntime

/// Runs the body of an exported function: its failure becomes the status and the thread's last
/// error.
func attempt(_ body: () throws(Failure) -> Void) -> pst_status {
    do throws(Failure) {
        try body()
        return PST_OK
    } catch {
        return report(error)
    }
}

@discardableResult
func report(_ failure: Failure) -> pst_status {
    pstp_error_set(failure.status.rawValue, failure.text)
    return pst_status(rawValue: UInt32(failure.status.rawValue))
}

/// An argument that must not be NULL.
func required<T>(_ pointer: T?, _ name: String) throws(Failure) -> T {
    guard let pointer else { throw Failure(.invalid, "\(name) is NULL") }
    return pointer
}

private struct StatusEntry: Sendable {
    let value: UInt32
    let name: StaticString
    let text: StaticString
}

/// The X-macro list of the header is not visible to Swift; ABI tests compare the two.
private let statusTable: [StatusEntry] = [
    .init(value: 0, name: "PST_OK", text: "success"),
    .init(value: 1, name: "PST_END", text: "end of stream"),
    .init(value: 2, name: "PST_EINVAL", text: "invalid argument"),
    .init(value: 3, name: "PST_ENOMEM", text: "out of memory"),
    .init(value: 4, name: "PST_EHANDLE", text: "not a live handle of this kind"),
    .init(value: 5, name: "PST_ETYPE", text: "element types do not match"),
    .init(value: 6, name: "PST_EPORT", text: "port is missing, unconnected or connected twice"),
    .init(value: 7, name: "PST_ECYCLE", text: "cycle is not closed by a feedback edge"),
    .init(value: 8, name: "PST_EDEADLK", text: "would wait for itself"),
    .init(value: 9, name: "PST_ECANCELED", text: "cancelled"),
    .init(value: 10, name: "PST_ETIMEDOUT", text: "timed out"),
    .init(value: 11, name: "PST_EAGAIN", text: "not now, try again"),
    .init(value: 12, name: "PST_EBUSY", text: "in use"),
    .init(value: 13, name: "PST_ESTATE", text: "not allowed in this state"),
    .init(value: 14, name: "PST_ESTAGE", text: "a stage failed"),
    .init(value: 15, name: "PST_ETOPOLOGY", text: "topology cannot be loaded"),
    .init(value: 16, name: "PST_ENOTSUP", text: "not supported"),
    .init(value: 17, name: "PST_EFORK", text: "started before fork"),
    .init(value: 18, name: "PST_ESYSTEM", text: "a system call failed"),
    .init(value: 19, name: "PST_ECLOSED", text: "closed"),
    .init(value: 20, name: "PST_EINTERNAL", text: "internal error, please report"),
    .init(value: 21, name: "PST_ESTALE", text: "the actor is gone, or nobody waits any more"),
]

private func entry(_ status: pst_status) -> StatusEntry {
    statusTable.first { $0.value == status.rawValue }
        ?? (status.rawValue >= PST_EUSER.rawValue
            ? .init(value: status.rawValue, name: "PST_EUSER", text: "a code of the program's own")
            : .init(value: status.rawValue, name: "PST_UNKNOWN", text: "unknown status"))
}

private func constant(_ text: StaticString) -> UnsafePointer<CChar> {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

@c @implementation
public func pst_status_name(_ status: pst_status) -> UnsafePointer<CChar>! {
    constant(entry(status).name)
}

@c @implementation
public func pst_status_text(_ status: pst_status) -> UnsafePointer<CChar>! {
    constant(entry(status).text)
}

@c @implementation
public func pst_last_error() -> UnsafePointer<CChar>! { UnsafePointer(pstp_error_text()) }

@c @implementation
public func pst_report(_ stream: UnsafeMutablePointer<FILE>!) -> pst_status {
    let status = pst_status(rawValue: UInt32(pstp_error_status()))
    if let stream, status != PST_OK {
        fputs("penstock: ", stream)
        fputs(pstp_error_text(), stream)
        fputs("\n", stream)
    }
    return status
}
