// What programs give to actors. The types are those of penstock.h, by another name.

/// What an actor does with a message, which is a `MessageView`. 0, `Status.end`: it stops; anything
/// else: it failed.
package typealias Behaviour =
    @convention(c) (
        _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?,
        _ message: UnsafeRawPointer
    ) -> Int32

/// The same for `count` of them.
package typealias BatchBehaviour =
    @convention(c) (
        _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?,
        _ messages: UnsafeRawPointer, _ count: Int
    ) -> Int32

/// Before the first message, and after each restart.
package typealias Start =
    @convention(c) (
        _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?
    ) -> Int32

/// Called once when the actor is gone; no behaviour runs with the state afterwards.
package typealias Destroy = @convention(c) (_ state: UnsafeMutableRawPointer?) -> Void

/// The end of an ask.
package typealias Answer =
    @convention(c) (
        _ context: UnsafeMutableRawPointer, _ state: UnsafeMutableRawPointer?, _ status: Int32,
        _ message: UnsafeRawPointer, _ user: UnsafeMutableRawPointer?
    ) -> Int32

/// A message as a behaviour sees it: `pst_message`.
package struct MessageView: BitwiseCopyable {
    package var type: UInt32
    package var token: UInt64
    package var size: Int
    package var data: UnsafeRawPointer?

    package init(type: UInt32 = 0, token: UInt64 = 0, size: Int = 0, data: UnsafeRawPointer? = nil)
    {
        self.type = type
        self.token = token
        self.size = size
        self.data = data
    }
}

/// Types of the engine's messages.
package enum SystemType {
    package static let first: UInt32 = 0xff00
    package static let down: UInt16 = 0xff00
    package static let idle: UInt16 = 0xff01
}

/// The payload of a DOWN: `pst_down`.
package struct Down: BitwiseCopyable {
    package var actor: UInt64
    package var reason: Int32
}
