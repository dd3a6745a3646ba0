// Counts the lines and words of all files under some paths: the same program as ../crawler.
//
//     swift run -c release crawler-swift [PATH...]
//
// The crawler asks four workers to read one path each, again and again. A worker that meets what it
// cannot read (no such file, no text) simply throws: its ask ends with that, the engine restarts
// it, and it goes on with its next message.

import Foundation
import Penstock

struct Tally: Sendable {
    var folders = 0, files = 0, lines = 0, words = 0, lost = 0

    static func += (all: inout Tally, one: Tally) {
        all.folders += one.folders
        all.files += one.files
        all.lines += one.lines
        all.words += one.words
    }
}

struct Unreadable: Error, CustomStringConvertible {
    let path: String
    let reason: String
    var description: String { "\(reason): \(path)" }
}

// MARK: - Workers

struct Worker: Behaviour {
    enum Message: Sendable {
        case read(String, Reply<Tally>)
    }
    let crawler: ActorRef<Crawler.Message>

    mutating func receive(_ message: Message, _ context: borrowing Context) throws {
        switch message {
        case .read(let path, let reply):
            switch try kind(of: path) {
            case S_IFDIR: context.reply(try readFolder(path, context), to: reply)
            case S_IFREG: context.reply(try readFile(path), to: reply)
            default: context.reply(Tally(), to: reply)
            }
        }
    }

    private func kind(of path: String) throws -> mode_t {
        var found = stat()
        guard lstat(path, &found) == 0 else {
            throw Unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        return found.st_mode & S_IFMT
    }

    private func readFolder(_ path: String, _ context: borrowing Context) throws -> Tally {
        for name in try FileManager.default.contentsOfDirectory(atPath: path)
        where !name.hasPrefix(".") {
            try context.send(.found("\(path)/\(name)"), to: crawler)
        }
        return Tally(folders: 1)
    }

    private func readFile(_ path: String) throws -> Tally {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        if bytes.contains(0) { throw Unreadable(path: path, reason: "no text") }
        let words = bytes.split { $0 == UInt8(ascii: " ") || (9...13).contains($0) }
        return Tally(
            files: 1, lines: bytes.count { $0 == UInt8(ascii: "\n") }, words: words.count)
    }
}

// MARK: - The crawler

struct Crawler: Behaviour {
    enum Message: Sendable {
        case found(String)
        case total(Reply<Tally>)
    }
    private var workers: [ActorRef<Worker.Message>] = []
    private var sum = Tally()
    private var given = 0  // paths
    private var done = 0
    private var asked: Reply<Tally>?

    init() {}

    mutating func started(_ context: borrowing Context) throws {
        let me = context.me
        for _ in 0..<4 {
            let worker = try context.spawnChild(
                Worker(crawler: me), ActorOptions(onFailure: .restart))
            workers.append(worker)
        }
    }

    mutating func receive(_ message: Message, _ context: borrowing Context) throws {
        switch message {
        case .found(let path):
            let worker = workers[given % workers.count]
            given += 1
            // What the worker finds comes before its answer, and is given to others.
            try context.ask(worker) {
                .read(path, $0)
            } then: { crawler, answer, context in
                crawler.done += 1
                switch answer {
                case .success(let found): crawler.sum += found
                case .failure: crawler.sum.lost += 1
                }
                crawler.answerWhenDone(context)
            }
        case .total(let reply):
            asked = reply
            answerWhenDone(context)
        }
    }

    private func answerWhenDone(_ context: borrowing Context) {
        guard done == given, let asked else { return }
        context.reply(sum, to: asked)
        context.stop()
    }
}

// MARK: -

let engine = try Engine()
try engine.observeActors { event in
    guard event.kind == .failed else { return }
    FileHandle.standardError.write(Data("a worker failed: \(event.text)\n".utf8))
}
// Of its workers any number may restart.
let crawler = try engine.spawn(Crawler(), ActorOptions(maxRestarts: nil))
// Without arguments: the source of this program, and itself, which is no text.
let arguments = CommandLine.arguments.dropFirst()
for path in arguments.isEmpty ? [#filePath, CommandLine.arguments[0]] : arguments {
    try engine.send(.found(path), to: crawler)
}
let sum: Tally = try engine.ask(crawler) { .total($0) }
print(
    "\(sum.folders) folders, \(sum.files) files, \(sum.lines) lines, \(sum.words) words;",
    "\(sum.lost) not readable")
