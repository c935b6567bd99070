internal import CEGL

/// An OpenGL context without a window, a display or a graphics card: EGL on Mesa's surfaceless platform.
///
/// A context is current on one thread at a time; ``withCurrent(_:)`` makes it so for a while.
final class OffscreenContext {
    private let display: EGLDisplay
    private let context: EGLContext

    /// `EGL_PLATFORM_SURFACELESS_MESA`.
    static let surfaceless: EGLenum = 0x31DD

    init(platform: EGLenum = surfaceless) throws(RenderError) {
        guard let display = eglGetPlatformDisplay(platform, nil, nil) else {
            throw Self.noGL("there is no surfaceless display")
        }
        var (major, minor) = (EGLint(0), EGLint(0))
        guard eglInitialize(display, &major, &minor) == EGL_TRUE else {
            throw Self.noGL("the display does not start")
        }
        let wanted: [EGLint] = [
            EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RED_SIZE, 8, EGL_GREEN_SIZE, 8, EGL_BLUE_SIZE, 8, EGL_DEPTH_SIZE, 24,
            EGL_STENCIL_SIZE, 8, EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE,
        ]
        var configuration: EGLConfig?
        var count = EGLint(0)
        guard eglChooseConfig(display, wanted, &configuration, 1, &count) == EGL_TRUE, count > 0 else {
            throw Self.noGL("no configuration has colour, depth and stencil buffers")
        }
        guard eglBindAPI(EGLenum(EGL_OPENGL_API)) == EGL_TRUE,
            let context = eglCreateContext(display, configuration, nil, nil)
        else {
            throw Self.noGL("no OpenGL context can be made")
        }
        self.display = display
        self.context = context
    }

    deinit {
        eglDestroyContext(display, context)
    }

    /// Runs `body` with the context current on this thread.
    func withCurrent<Result>(_ body: () throws(RenderError) -> Result) throws(RenderError) -> Result {
        guard eglMakeCurrent(display, nil, nil, context) == EGL_TRUE else {
            throw Self.noGL("the context cannot be used on this thread")
        }
        defer { eglMakeCurrent(display, nil, nil, nil) }
        return try body()
    }

    private static func noGL(_ what: String) -> RenderError {
        RenderError(
            "no OpenGL for pictures: \(what) (EGL error 0x\(String(eglGetError(), radix: 16))). "
                + "Install Mesa's software renderer: apt install libegl-mesa0 libgl1-mesa-dri")
    }
}
