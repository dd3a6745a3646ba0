import CPenstockPlatform

/// Memory of an operator's own, as large as the program's arguments say: checked, aligned to a
/// line.
final class Memory: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let bytes: Int

    init(_ bytes: Int) throws(OperatorFault) {
        guard let base = pstp_alloc(bytes, 1, 64) else { throw .outOfMemory }
        self.base = base
        self.bytes = bytes
    }

    deinit { pstp_free(base, bytes, 1) }
}
