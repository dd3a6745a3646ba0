/// What an actor is made of; the payload of its first message when it is spawned from outside, so
/// that nothing overtakes it.
struct Birth: BitwiseCopyable {
    var behaviour: Behaviour?
    var state: UnsafeMutableRawPointer?
    var destroy: Destroy?
    var cold: UnsafeMutablePointer<Cold>?
    var marks: CellBody.Marks = .isAlive
    var dispatcher: UInt8 = 0
}

extension UnsafeMutablePointer where Pointee == Cell {
    /// By the owner, or by whoever took a slot that nobody had before.
    func begin(_ birth: Birth) {
        body.pointee.behaviour = birth.behaviour
        body.pointee.state = birth.state
        body.pointee.destroy = birth.destroy
        body.pointee.marks = birth.marks
        body.pointee.dispatcher = birth.dispatcher
        cold = birth.cold
    }
}
