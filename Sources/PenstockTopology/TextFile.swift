internal import Glibc

/// Reads a small text file of /proc or /sys; nil when it cannot be read.
func readTextFile(_ path: String, limit: Int = 1 << 16) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < limit {
        let got = read(file, &buffer, buffer.count)
        if got < 0, errno == EINTR { continue }
        guard got >= 0 else { return nil }
        if got == 0 { break }
        bytes.append(contentsOf: buffer[..<got])
    }
    return String(decoding: bytes, as: UTF8.self)
}
