//! One TCP connection: hyper on a socket that says when its bytes are out and that can be cut.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tower::ServiceExt;

/// A handler's hold on its connection. It is an extension of every request.
#[derive(Clone, Default)]
pub struct ConnectionHandle(Arc<ConnectionState>);

#[derive(Default)]
struct ConnectionState {
    flushes: watch::Sender<u64>,
    cut: Notify,
    reset: AtomicBool,
}

impl ConnectionHandle {
    /// The present moment, for [`ConnectionHandle::flushed_since`].
    #[must_use]
    pub fn mark(&self) -> u64 {
        *self.0.flushes.borrow()
    }

    /// Waits until everything that was handed over before `mark` has left for the socket.
    pub async fn flushed_since(&self, mark: u64) {
        // The sender lives as long as `self`: there is no error to handle.
        let _ = self
            .0
            .flushes
            .subscribe()
            .wait_for(|flushes| *flushes > mark)
            .await;
    }

    /// Ends the connection here and now, without the end of the body.
    pub fn close(&self) {
        self.0.cut.notify_one();
    }

    /// Ends the connection with a TCP RST.
    pub fn reset(&self) {
        self.0.reset.store(true, Ordering::Relaxed);
        self.close();
    }
}

/// Serves one connection until either side ends it.
pub async fn serve(stream: TcpStream, router: Router) {
    // Every piece of a script is a segment of its own.
    let _ = stream.set_nodelay(true);
    let handle = ConnectionHandle::default();
    let socket = Socket {
        stream,
        handle: handle.clone(),
    };
    let service = service_fn({
        let handle = handle.clone();
        move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(handle.clone());
            router.clone().oneshot(request.map(Body::new))
        }
    });
    let connection = http1::Builder::new()
        // The date is that of the space's clock.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(socket), service);
    tokio::select! {
        // The error of a client that left. Its body is dropped, which is what gets recorded.
        _ = connection => {}
        () = handle.0.cut.notified() => {}
    }
}

struct Socket {
    stream: TcpStream,
    handle: ConnectionHandle,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.handle.0.reset.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes once its own buffer is empty: what it was given is then with the kernel.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.handle.0.flushes.send_modify(|flushes| *flushes += 1);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
