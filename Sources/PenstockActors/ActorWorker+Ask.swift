import CPenstockPlatform
import PenstockRuntime
import Synchronization

// Asks and their ends.

/// Who wants to know how an ask ends.
struct Asker {
    /// An actor; none: a host thread.
    var actor: ActorRef
    var answer: Answer?
    /// For `answer`; of a host thread its waker.
    var user: UnsafeMutableRawPointer?
    /// In engine time; `.max`: never. A host thread looks at the time itself.
    var deadline: UInt64
}

package enum ReplyResult: Sendable {
    case done
    /// It was answered before, or nobody waits any more.
    case late
    case noMemory
}

extension UnsafeMutablePointer where Pointee == ActorWorker {
    /// A copy of `size` bytes, at most `Node.inlineAskBytes`, or `bytes`. An ask that nobody gets
    /// has ended when this returns. `opened`: the caller's still unless it was sent or nobody got
    /// it. `made`: for the host thread that waits.
    func ask(
        _ asker: Asker, _ ref: ActorRef, type: UInt16, _ data: UnsafeRawPointer?, _ size: Int,
        bytes: OwnedBytes?, opened: OpenAsk? = nil,
        made: (UnsafeMutablePointer<Pending>) -> Void = { _ in }
    ) -> SendResult {
        guard let ask = opened ?? openAsk() else { return .noMemory }
        let pending = ask.pending
        let generation = pending.generation
        pending.details.pointee = Pending.Details(
            asker: asker.actor, answer: asker.answer, user: asker.user)
        pending.pointee.holder.store(ref.bits, ordering: .relaxed)
        // releasing: pairs with the changes of whoever answers
        pending.pointee.state.store(
            generation << 8 | Pending.Phase.open.rawValue, ordering: .releasing)
        var result = SendResult.sent
        let payload = bytes == nil ? size : MemoryLayout<OwnedBytes>.size
        guard
            let (node, cell) = prepare(
                ref, bytes == nil ? .ask : .askBytes, payload, type, &result)
        else {
            if result == .stale || result == .dropped {
                made(pending)
                let status: Status = result == .stale ? .stale : .again
                _ = complete(pending, generation, status.rawValue)
            } else {
                // Nobody else knows of it.
                pending.pointee.state.store(
                    generation << 8 | Pending.Phase.free.rawValue, ordering: .relaxed)
                if opened == nil { closeAsk(ask) }
            }
            return result
        }
        if let bytes {
            node.payload.storeBytes(of: bytes, as: OwnedBytes.self)
        } else {
            copyInline(from: data, size, to: node.payload)
        }
        node.token = pending.token
        made(pending)
        // Not before: the time may be over, but one that nobody gets has ended for another reason.
        arm(pending, deadline: asker.actor == .none ? .max : asker.deadline)
        deliver(node, cell)
        return .sent
    }

    /// Ends the ask with an answer of `size` bytes.
    func reply(
        _ token: UInt64, _ status: Int32, _ data: UnsafeRawPointer?, _ size: Int
    ) -> ReplyResult {
        guard let pending = pointee.core.pointee.pending(token) else { return .late }
        var result = ReplyResult.late
        if size <= Node.inlineBytes {
            result = complete(pending, token >> 32, status) { node in
                copyInline(from: data, size, to: node.payload)
                return size
            }
        } else if isOpen(token) {
            // Before the ask has ended: afterwards there is no way back.
            guard let bytes = OwnedBytes(copy: data, size, pointee.core) else { return .noMemory }
            result = complete(pending, token >> 32, status) { node in
                node.payload.storeBytes(of: bytes, as: OwnedBytes.self)
                return nil
            }
            if result != .done { bytes.release?(bytes.owner) }
        }
        if result == .late { pointee.counts.lateReplies &+= 1 }
        return result
    }

    /// `fill` writes the payload and returns its size, or nil for an `OwnedBytes`.
    func complete(
        _ pending: UnsafeMutablePointer<Pending>, _ generation: UInt64, _ status: Int32,
        fill: (UnsafeMutablePointer<Node>) -> Int? = { _ in 0 }
    ) -> ReplyResult {
        guard pending.change(generation, from: .open, to: .sent) else { return .late }
        let asker = pending.details.pointee.asker
        let node = pending.node
        let size = fill(node)
        pending.status = status
        node.pointee.header = Header(
            generation: asker.generation, kind: .answer, size: size ?? 0,
            type: size == nil ? 1 : 0)
        if asker == .none {
            let waker = pending.details.pointee.user.map(Waker.init(memory:))
            // releasing: pairs with the load of the host thread, which then frees the block
            pending.pointee.isPosted.store(1, ordering: .releasing)
            waker?.signal()
        } else if let cell = pointee.core.pointee.cell(asker.slot) {
            deliver(node, cell)
        }
        return .done
    }

    func isOpen(_ token: UInt64) -> Bool {
        guard let pending = pointee.core.pointee.pending(token) else { return false }
        return pending.pointee.state.load(ordering: .relaxed)
            == (token >> 32) << 8 | Pending.Phase.open.rawValue
    }

    /// The actor that handled an ask and did not answer it.
    func hold(_ token: UInt64, _ cell: UnsafeMutablePointer<Cell>) {
        guard isOpen(token), let pending = pointee.core.pointee.pending(token),
            pending.pointee.holder.load(ordering: .relaxed) == cell.ref.bits
        else { return }
        if let cold = coldBlock(of: cell) {
            if cold.pointee.tokens.isFull {
                cold.pointee.tokens.removeAll { !isOpen($0) }
            }
            if cold.pointee.tokens.insert(token, pointee.core.pointee.budget) != .noMemory {
                return
            }
        }
        // Nobody would end it when the actor does.
        _ = complete(pending, token >> 32, Status.noMemory.rawValue)
    }

    /// Ends an ask that nobody will answer.
    func abandon(_ token: UInt64, _ status: Int32) {
        guard let pending = pointee.core.pointee.pending(token) else { return }
        if isOpen(token) { _ = complete(pending, token >> 32, status) }
    }

    /// An ask that has ended, as the asker's worker sees it.
    func receiveAnswer(
        _ node: UnsafeMutablePointer<Node>, _ cell: UnsafeMutablePointer<Cell>, isForThis: Bool
    ) {
        let pending = UnsafeMutablePointer<Pending>.of(node)
        let header = node.pointee.header
        let status = pending.status
        let bytes = header.type == 1 ? node.payload.load(as: OwnedBytes.self) : nil
        var outcome: Int32 = 0
        pointee.hand = nil
        if isForThis, let answer = pending.details.pointee.answer {
            pointee.otherCalls &+= 1
            var view = MessageView(
                size: bytes?.size ?? header.size,
                data: bytes?.data ?? UnsafeRawPointer(node.payload))
            let (user, state) = (pending.details.pointee.user, cell.body.pointee.state)
            leave()
            outcome = _withUnprotectedUnsafeMutablePointer(to: &view) {
                answer(UnsafeMutableRawPointer(self), state, status, UnsafeRawPointer($0), user)
            }
            enter()
        } else {
            pointee.counts.lateReplies &+= 1
        }
        bytes?.release?(bytes?.owner)
        release(pending)
        if isForThis { settle(cell, outcome) }
    }
}

extension OwnedBytes {
    /// In memory of its own, within the actors' limit; nil when there is none. `core` nil: it is
    /// the program's memory.
    init?(
        copy data: UnsafeRawPointer?, _ size: Int, _ core: UnsafeMutablePointer<ActorCore>?
    ) {
        // More than there is, and sums of it would not fit.
        guard let data, size <= Self.mostBytes else { return nil }
        let total = size + Self.prefix
        guard core?.pointee.budget.charge(total) ?? true else { return nil }
        guard let memory = pstp_alloc(1, total, 16) else {
            core?.pointee.budget.discharge(total)
            return nil
        }
        memory.storeBytes(of: total, as: Int.self)
        memory.storeBytes(of: UInt(bitPattern: core), toByteOffset: Self.coreOffset, as: UInt.self)
        let payload = memory + Self.prefix
        payload.copyMemory(from: data, byteCount: size)
        self.init(data: payload, size: size, owner: memory, release: Self.releaseCopy)
    }

    private static let releaseCopy: @convention(c) (UnsafeMutableRawPointer?) -> Void = { memory in
        guard let memory else { return }
        OwnedBytes.discharge(memory)
        pstp_free(memory, 1, memory.load(as: Int.self))
    }

    private static func discharge(_ memory: UnsafeMutableRawPointer) {
        let core = memory.load(fromByteOffset: coreOffset, as: UInt.self)
        UnsafeMutablePointer<ActorCore>(bitPattern: core)?.pointee.budget.discharge(
            memory.load(as: Int.self))
        memory.storeBytes(of: 0, toByteOffset: coreOffset, as: UInt.self)
    }

    /// The program's from here on, which may keep it for longer than the engine lives.
    func leave() {
        let isCopy =
            unsafeBitCast(release, to: UInt.self) == unsafeBitCast(Self.releaseCopy, to: UInt.self)
        if isCopy, let owner { Self.discharge(owner) }
    }

    /// Where the size of the memory stands, and whose limit it counts for.
    private static let prefix = 16
    private static let coreOffset = 8
    private static let mostBytes = 1 << 48
}

extension ActorSystem {
    /// A payload that is too long to travel inside a message; nil: no memory.
    package func copy(_ data: UnsafeRawPointer?, _ size: Int) -> OwnedBytes? {
        OwnedBytes(copy: data, size, core)
    }
}
