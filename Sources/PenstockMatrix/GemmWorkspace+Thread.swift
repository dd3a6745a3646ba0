import CPenstockPlatform
import Glibc

// Callers that keep no workspace share their thread's own. It is made at the first call that needs
// one and freed when the thread ends, or earlier by `releaseThreadWorkspace`.

/// Runs `body` with the calling thread's workspace; nil when there is no memory for one.
func withThreadWorkspace<R>(_ body: (inout GemmWorkspace) -> R) -> R? {
    guard let key = threadKey else { return nil }
    if let known = pthread_getspecific(key) {
        return body(&known.assumingMemoryBound(to: GemmWorkspace.self).pointee)
    }
    let size = MemoryLayout<GemmWorkspace>.size
    let alignment = MemoryLayout<GemmWorkspace>.alignment
    guard let memory = pstp_alloc(1, size, alignment) else { return nil }
    let workspace = memory.bindMemory(to: GemmWorkspace.self, capacity: 1)
    workspace.initialize(to: GemmWorkspace())
    guard pthread_setspecific(key, memory) == 0 else {
        destroyWorkspace(memory)
        return nil
    }
    return body(&workspace.pointee)
}

/// Runs `body` with so many bytes of the calling thread's, none for none; false when there are not
/// so many.
func withThreadMemory(_ bytes: Int, _ body: (UnsafeMutableRawPointer?) -> Void) -> Bool {
    if bytes == 0 {
        body(nil)
        return true
    }
    let done = withThreadWorkspace { workspace in
        guard let memory = workspace.reserve(bytes) else { return false }
        body(memory)
        return true
    }
    return done ?? false
}

/// Gives back the memory that the calling thread keeps for products.
package func releaseThreadWorkspace() {
    guard let key = threadKey, let known = pthread_getspecific(key) else { return }
    pthread_setspecific(key, nil)
    destroyWorkspace(known)
}

/// Bytes that the calling thread keeps for products.
package var threadWorkspaceBytes: Int {
    guard let key = threadKey, let known = pthread_getspecific(key) else { return 0 }
    return known.assumingMemoryBound(to: GemmWorkspace.self).pointee.bytes
}

private func destroyWorkspace(_ memory: UnsafeMutableRawPointer) {
    memory.assumingMemoryBound(to: GemmWorkspace.self).deinitialize(count: 1)
    pstp_free(memory, 1, MemoryLayout<GemmWorkspace>.size)
}

private let threadKey: pthread_key_t? = {
    var key = pthread_key_t()
    let made = pthread_key_create(&key) { memory in
        if let memory { destroyWorkspace(memory) }
    }
    return made == 0 ? key : nil
}()
