import PenstockActors
import PenstockRuntime
import Synchronization

// What a member does when a letter comes.

func behave(
    _ cx: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?, _ message: UnsafeRawPointer
) -> Int32 {
    let me = member(state)
    let context = ActorContext(cx)
    let view = message.load(as: MessageView.self)
    if let status = me.receiveOfEngine(view) { return status }
    let letter = view.data!.loadUnaligned(as: Parcel.self)
    me.note(letter)
    if let status = me.pass(letter, view, message, context) { return status }
    return me.handle(letter, view, context)
}

func receiveAsAnother(
    _ cx: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?, _ message: UnsafeRawPointer
) -> Int32 {
    behave(cx, state, message)
}

func receiveBatch(
    _ cx: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?, _ messages: UnsafeRawPointer,
    _ count: Int
) -> Int32 {
    let me = member(state)
    let context = ActorContext(cx)
    for i in 0..<count {
        let view = messages.load(
            fromByteOffset: i * MemoryLayout<MessageView>.stride, as: MessageView.self)
        var status = me.receiveOfEngine(view)
        if status == nil {
            let letter = view.data!.loadUnaligned(as: Parcel.self)
            me.note(letter)
            status = me.handle(letter, view, context)
        }
        if status != 0 { return context.fail(status!, i, "a letter") }
    }
    return 0
}

private func answer(
    _ cx: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?, _ status: Int32,
    _ message: UnsafeRawPointer, _ user: UnsafeMutableRawPointer?
) -> Int32 {
    let me = member(state)
    me.world.answers.add(1, ordering: .relaxed)
    if user != me.asker { me.world.complain("\(me.number): the answer to another's ask") }
    let view = message.load(as: MessageView.self)
    if ![0, 8, 48, 200].contains(view.size) {
        me.world.complain("\(me.number): an answer of \(view.size) bytes")
    }
    return me.random.once(in: 40) ? 2001 : 0
}

private func releasePayload(_ owner: UnsafeMutableRawPointer?) {
    let world = Unmanaged<World>.fromOpaque(
        owner!.load(fromByteOffset: 0, as: UnsafeMutableRawPointer.self)
    ).takeUnretainedValue()
    world.payloadsReleased.add(1, ordering: .relaxed)
    owner!.deallocate()
}

extension Member {
    /// nil: it is a letter.
    func receiveOfEngine(_ view: MessageView) -> Int32? {
        switch view.type {
        case UInt32(SystemType.down):
            noteDown(view.data!.loadUnaligned(as: Down.self))
            return random.once(in: 20) ? 2002 : 0
        case UInt32(SystemType.idle):
            return 0
        default:
            return nil
        }
    }

    /// Passes the letter on, or puts it aside. nil: neither.
    func pass(
        _ letter: Parcel, _ view: MessageView, _ message: UnsafeRawPointer, _ context: ActorContext
    ) -> Int32? {
        switch random.below(24) {
        case 0:
            guard let other = anybody, other !== self, letter.hops > 0 else { return nil }
            // It may come back: somebody forwards it to me.
            if context.forward(to: other.actor) == .done { putAside(letter) }
            return 0
        case 1:
            if stashed > 3 { return nil }
            if context.stash() == .done {
                stashed += 1
                putAside(letter)
                return 0
            }
            return nil
        case 2:
            context.unstash()
            stashed = 0
            return nil
        case 3:
            if let bytes = context.take(message) { bytes.release?(bytes.owner) }
            return nil
        default:
            return nil
        }
    }

    func handle(_ letter: Parcel, _ view: MessageView, _ context: ActorContext) -> Int32 {
        if view.token != 0 {
            switch random.below(3) {
            case 0: reply(view.token, context)
            case 1: tokens.append(view.token)
            default: break
            }
        }
        if let token = tokens.last, random.once(in: 2) {
            tokens.removeLast()
            reply(token, context)
        }
        if letter.hops > 0 {
            for _ in 0..<(1 + random.below(2)) { act(letter.hops - 1, context) }
        }
        switch random.below(40) {
        case 0: return 2003
        case 1: return Status.end.rawValue
        default: return 0
        }
    }

    private var anybody: Member? { world.member(random.below(world.population)) }

    private func reply(_ token: UInt64, _ context: ActorContext) {
        let size = [0, 8, 48, 200][random.below(4)]
        var bytes = [UInt8](repeating: 7, count: 200)
        bytes.withUnsafeMutableBytes {
            _ = context.reply(token, random.once(in: 9) ? 3000 : 0, $0.baseAddress, size)
        }
    }

    private func act(_ hops: UInt16, _ context: ActorContext) {
        guard let other = anybody, other.actor != .none else { return }
        switch random.below(22) {
        case 0...7: send(other, hops, context)
        case 8, 9: sendBytes(other, hops, context)
        case 10, 11: ask(other, hops, context)
        case 12: spawn(context)
        case 13:
            if other !== self, other.actor != .none, context.watch(other.actor) {
                noteWatch(other)
            }
        case 14:
            if let known = watchedMembers.first {
                context.unwatch(known.actor)
                noteUnwatch(known)
            }
        case 15: startTimer(hops, context)
        case 16:
            if let timer = timers.popLast() { _ = context.cancelTimer(timer) }
        case 17: _ = context.stop(other.actor, now: random.once(in: 2))
        case 18: _ = context.setIdleTimeout(UInt64(random.below(3)) * 50_000)
        case 19: _ = context.become(random.once(in: 2) ? behave : receiveAsAnother)
        default: sendMany(other, hops, context)
        }
    }

    private func send(_ other: Member, _ hops: UInt16, _ context: ActorContext) {
        var letter = letter(to: other, hops: hops)
        let result = withUnsafeBytes(of: &letter) {
            context.send(to: other.actor, type: Parcel.type, $0.baseAddress, $0.count)
        }
        if result != .sent { takeBack(letter) }
    }

    private func sendBytes(_ other: Member, _ hops: UInt16, _ context: ActorContext) {
        let letter = letter(to: other, hops: hops)
        let size = 8 + MemoryLayout<Parcel>.size
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        memory.storeBytes(
            of: Unmanaged.passUnretained(world).toOpaque(), as: UnsafeMutableRawPointer.self)
        memory.storeBytes(of: letter, toByteOffset: 8, as: Parcel.self)
        world.payloadsMade.add(1, ordering: .relaxed)
        let bytes = OwnedBytes(
            data: memory + 8, size: MemoryLayout<Parcel>.size, owner: memory,
            release: releasePayload)
        let result = context.send(to: other.actor, type: Parcel.type, bytes)
        if result == .full || result == .noMemory {
            takeBack(letter)
            releasePayload(memory)
        }
    }

    private func sendMany(_ other: Member, _ hops: UInt16, _ context: ActorContext) {
        let count = 1 + random.below(4)
        let letters = (0..<count).map { _ in letter(to: other, hops: hops) }
        let (_, sent) = letters.withUnsafeBytes {
            context.sendMany(
                to: other.actor, type: Parcel.type, $0.baseAddress, MemoryLayout<Parcel>.stride,
                count)
        }
        for letter in letters.dropFirst(sent) { takeBack(letter) }
    }

    private func ask(_ other: Member, _ hops: UInt16, _ context: ActorContext) {
        var letter = letter(to: other, hops: hops)
        let timeout = random.once(in: 3) ? UInt64.max : UInt64(random.below(100_000))
        let result = withUnsafeBytes(of: &letter) {
            context.ask(
                other.actor, type: Parcel.type, $0.baseAddress, $0.count, bytes: nil,
                timeout: timeout, answer: answer, user: asker)
        }
        if result == .sent {
            world.asks.add(1, ordering: .relaxed)
        } else {
            takeBack(letter)
        }
    }

    private func spawn(_ context: ActorContext) {
        let isChild = random.once(in: 2)
        guard let other = world.makeMember(parent: isChild ? self : nil) else { return }
        let options = other.options(&random)
        let state = other.retainedState()
        do {
            let ref = try context.spawn(
                options.batch == nil ? behave : nil, state, options, isChild: isChild)
            other.set(ref)
            if isChild { children.append(other) }
        } catch {
            other.releaseUnused(state)
            if !world.isShort { world.complain("spawn: \(error.text)") }
        }
    }

    private func startTimer(_ hops: UInt16, _ context: ActorContext) {
        var letter = Parcel(
            from: Int32(number), to: Int32(number), number: 0, hops: hops, isTick: true)
        let period = random.once(in: 4) ? UInt64(20_000 + random.below(100_000)) : 0
        let timer = withUnsafeBytes(of: &letter) {
            context.startTimer(
                delay: UInt64(random.below(50_000)), period: period, type: Parcel.type,
                $0.baseAddress, $0.count)
        }
        guard let timer else { return }
        timers.append(timer)
    }
}
