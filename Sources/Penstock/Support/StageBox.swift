import PenstockDataflow
import PenstockRuntime

/// What stands behind a stage's user pointer: its span loop and what begins and ends a replica.
@usableFromInline final class StageBox: @unchecked Sendable {
    /// One span: input, output (whatever the stage's kind has in these places), number of elements.
    @usableFromInline typealias Body =
        @Sendable (StageContext, UnsafeMutableRawPointer, UnsafeMutableRawPointer, Int) -> Int32

    let body: Body
    // Set before the stage is added, then constant.
    private(set) var begin: (@Sendable (StageContext) throws -> UnsafeMutableRawPointer)?
    private(set) var end: (@Sendable (UnsafeMutableRawPointer) -> Void)?
    @usableFromInline var finish: (@Sendable (StageContext) -> Int32)?
    /// The element types' operations live as long as the stage.
    var operations: [ElementOperations] = []
    /// Whatever else must.
    var attachment: AnyObject?

    private let lock = Lock()
    private var errors: [Int: any Error] = [:]  // by replica; guard: lock

    @usableFromInline init(_ body: @escaping Body) { self.body = body }

    /// Gives each replica a state of its own, made before its first span and gone after its last.
    @usableFromInline func keepState<State>(_ make: @escaping @Sendable () throws -> State) {
        begin = { _ in
            let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
            do { state.initialize(to: try make()) } catch {
                state.deallocate()
                throw error
            }
            return UnsafeMutableRawPointer(state)
        }
        end = { raw in
            let state = raw.assumingMemoryBound(to: State.self)
            state.deinitialize(count: 1)
            state.deallocate()
        }
    }

    @inline(__always) static func of(_ context: StageContext) -> StageBox {
        // set by Graph.add for each stage of this module, and kept alive with the description
        let user = Step.user(context.raw).unsafelyUnwrapped
        return Unmanaged<StageBox>.fromOpaque(user).takeUnretainedValue()
    }

    // MARK: - Errors

    func note(_ error: any Error, replica: Int) { lock.withLock { errors[replica] = error } }

    func forgetErrors() { lock.withLock { errors = [:] } }

    /// What the replica failed with last.
    func error(replica: Int) -> (any Error)? { lock.withLock { errors[replica] } }
}
