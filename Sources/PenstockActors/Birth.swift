/// What an actor is made of; the payload of its first message when it is spawned from outside, so that
/// nothing overtakes it.
struct Birth: BitwiseCopyable {
    var behaviour: Behaviour
    var state: UnsafeMutableRawPointer?
    var destroy: Destroy?
}

extension UnsafeMutablePointer where Pointee == Cell {
    func begin(_ birth: Birth) {
        body.pointee.behaviour = birth.behaviour
        body.pointee.state = birth.state
        body.pointee.destroy = birth.destroy
    }
}
