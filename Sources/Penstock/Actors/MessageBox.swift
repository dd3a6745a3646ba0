import PenstockActors

/// How values of a type travel inside messages.
@usableFromInline enum Payload<Value> {
    /// As they are: they refer to nothing, and there is room for them.
    @inlinable @inline(__always) static var isInline: Bool {
        _isPOD(Value.self) && MemoryLayout<Value>.size <= 48 && MemoryLayout<Value>.alignment <= 8
    }

    /// The same beside the token of an ask.
    @inlinable @inline(__always) static var isInlineInAsk: Bool {
        isInline && MemoryLayout<Value>.size <= 40
    }
}

/// What travels as one pointer. The engine releases it when the message has been handled or is
/// lost.
@usableFromInline class AnyMessageBox {
    @inlinable init() {}

    /// Given away, for one message.
    @usableFromInline final var retained: OwnedMessage {
        let owner = Unmanaged.passRetained(self).toOpaque()
        return OwnedMessage(owner: owner)
    }
}

@usableFromInline final class MessageBox<Value>: AnyMessageBox {
    @usableFromInline let value: Value

    @inlinable init(_ value: Value) {
        self.value = value
        super.init()
    }

    /// A copy of the value in the box at this address.
    @inlinable @inline(__always) static func value(at box: UnsafeRawPointer) -> Value {
        Unmanaged<MessageBox<Value>>.fromOpaque(box)._withUnsafeGuaranteedRef { $0.value }
    }
}

/// A box that was given away: whoever has this releases it or hands it on.
@usableFromInline struct OwnedMessage {
    let owner: UnsafeMutableRawPointer

    var bytes: OwnedBytes {
        // The receiver knows the box; its size means nothing.
        OwnedBytes(data: owner, size: MemoryLayout<UnsafeRawPointer>.size, owner: owner) { owner in
            guard let owner else { return }
            Unmanaged<AnyMessageBox>.fromOpaque(owner).release()
        }
    }

    func release() { Unmanaged<AnyMessageBox>.fromOpaque(owner).release() }
}

/// Of messages of programs: how the payload travels.
enum MessageType {
    static let inline: UInt16 = 0
    static let boxed: UInt16 = 1
    /// A tick: the payload is a key among the actor's boxed ticks.
    static let keyed: UInt16 = 2
}
