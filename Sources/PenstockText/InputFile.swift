import Glibc

/// A file that is read from its begin to its end. It may be a pipe, a FIFO or a terminal: nothing
/// here waits for whoever writes.
struct InputFile {
    enum Outcome {
        case bytes(Int)
        /// There may be more some time.
        case nothingNow
        case end
        /// errno says why.
        case failed
    }

    private let descriptor: Int32

    /// So much is read at once at most, so that a run that is cancelled ends soon.
    private static let mostBytes = 1 << 24

    /// nil: errno says why.
    init?(_ path: UnsafePointer<CChar>) {
        // Not blocking: a FIFO is opened though nobody writes into it yet.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        if descriptor < 0 { return nil }
        // Only advice; a pipe cannot take it.
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    func close() { _ = Glibc.close(descriptor) }

    /// How long it is, if it says so.
    var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? max(Int(status.st_size), 0) : 0
    }

    func read(_ to: UnsafeMutablePointer<UInt8>, _ most: Int) -> Outcome {
        let got = Glibc.read(descriptor, to, min(most, InputFile.mostBytes))
        if got > 0 { return .bytes(got) }
        if got == 0 { return mayHaveWriters ? .nothingNow : .end }
        return errno == EAGAIN || errno == EINTR ? .nothingNow : .failed
    }

    /// A FIFO looks ended as well before the first one comes who writes; only when the last one has
    /// gone does it say that it was hung up.
    private var mayHaveWriters: Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else {
            return false
        }
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&state, 1, 0) >= 0 else { return false }
        let isHungUp = Int32(state.revents) & POLLHUP != 0
        return !isHungUp || Int32(state.revents) & POLLIN != 0
    }
}
