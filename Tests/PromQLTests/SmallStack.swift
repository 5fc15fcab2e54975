import Glibc

/// Runs `body` on a thread with 512 KiB of stack (8 MiB where code is not optimized, whose frames are that much larger), and waits for what it returns.
func onSmallStack(_ body: @escaping () -> [String]) -> [String] {
    let work = Work(body)
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, isOptimized ? 512 << 10 : 8 << 20)
    var thread = pthread_t()
    let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { raw in
        guard let raw else { return nil }
        let work = Unmanaged<Work>.fromOpaque(raw).takeUnretainedValue()
        work.result = work.body()
        return nil
    }
    guard pthread_create(&thread, &attributes, start, Unmanaged.passUnretained(work).toOpaque()) == 0 else { return [] }
    pthread_join(thread, nil)
    return work.result
}

private final class Work {
    let body: () -> [String]
    var result: [String] = []
    init(_ body: @escaping () -> [String]) { self.body = body }
}

private var isOptimized: Bool {
    var isDebugging = false
    assert(
        {
            isDebugging = true
            return true
        }())
    return !isDebugging
}
