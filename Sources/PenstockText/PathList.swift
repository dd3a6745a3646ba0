import CPenstockPlatform
import Glibc
package import PenstockRuntime

/// The names of files as the program gave them: bytes, not necessarily UTF-8.
package final class PathList: @unchecked Sendable {
    package let count: Int
    private let offsets: UnsafeMutablePointer<Int>
    private let bytes: UnsafeMutablePointer<CChar>
    private let byteCount: Int

    /// `paths`: `count` strings, copied.
    package init(
        _ paths: UnsafePointer<UnsafePointer<CChar>?>, count: Int
    ) throws(Failure) {
        var total = 0
        for i in 0..<count {
            guard let path = paths[i] else { throw Failure(.invalid, "paths[\(i)] is NULL") }
            if path.pointee == 0 { throw Failure(.invalid, "paths[\(i)] is empty") }
            total += strlen(path) + 1
        }
        guard let offsets = pstp_alloc(count, MemoryLayout<Int>.stride, 8) else {
            throw Failure(.noMemory, "no memory for \(count) paths")
        }
        guard let bytes = pstp_alloc(total, 1, 8) else {
            pstp_free(offsets, count, MemoryLayout<Int>.stride)
            throw Failure(.noMemory, "no memory for \(total) bytes of paths")
        }
        self.count = count
        self.offsets = offsets.bindMemory(to: Int.self, capacity: count)
        self.bytes = bytes.bindMemory(to: CChar.self, capacity: total)
        byteCount = total
        var at = 0
        for i in 0..<count {
            let path = paths[i].unsafelyUnwrapped
            let length = strlen(path) + 1
            self.offsets[i] = at
            (self.bytes + at).update(from: path, count: length)
            at += length
        }
    }

    deinit {
        pstp_free(offsets, count, MemoryLayout<Int>.stride)
        pstp_free(bytes, byteCount, 1)
    }

    subscript(_ i: Int) -> UnsafePointer<CChar> { UnsafePointer(bytes + offsets[i]) }
}
