//! The warp peer: `/echo` answers each text or binary message, `/chat` tells every text to everyone.
//! Code as in warp's own examples (`forward` from stream to sink), on one thread; nothing is tuned beyond TCP_NODELAY.

use std::{future, net::SocketAddr};

use futures_util::{FutureExt, StreamExt, TryStreamExt};
use tokio::{net::TcpSocket, sync::broadcast};
use tokio_stream::wrappers::BroadcastStream;
use warp::{
    Filter,
    ws::{Message, WebSocket, Ws},
};

/// More than the load generator ever has in flight: what is measured is delivery, not lag.
const CAPACITY: usize = 16 * 1024;

type Chat = broadcast::Sender<Message>;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let chat = Chat::new(CAPACITY);
    let echo = warp::path("echo").and(warp::ws()).map(|upgrade: Ws| upgrade.on_upgrade(echo));
    let chat = warp::path("chat").and(warp::ws()).map(move |upgrade: Ws| {
        let chat = chat.clone();
        upgrade.on_upgrade(|socket| converse(socket, chat))
    });
    warp::serve(echo.or(chat)).incoming(listener()).run().await;
}

/// Warp takes a listener and no socket options: Linux hands TCP_NODELAY on to every accepted connection.
fn listener() -> tokio::net::TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_nodelay(true).expect("TCP_NODELAY");
    socket.bind(SocketAddr::from(([127, 0, 0, 1], port()))).expect("a free port");
    socket.listen(1024).expect("a listener")
}

/// The number after `--port`.
fn port() -> u16 {
    let port = std::env::args().skip_while(|word| word != "--port").nth(1);
    port.and_then(|word| word.parse().ok()).expect("--port PORT")
}

fn is_data(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}

async fn echo(socket: WebSocket) {
    let (sender, receiver) = socket.split();
    let messages = receiver.try_filter(|message| future::ready(is_data(message)));
    messages.forward(sender).map(drop).await;
}

async fn converse(socket: WebSocket, chat: Chat) {
    let (sender, mut receiver) = socket.split();
    // An Err is `Lagged`: filter_map passes over it and goes on.
    let updates = BroadcastStream::new(chat.subscribe()).filter_map(|update| future::ready(update.ok().map(Ok)));
    let hearing = tokio::spawn(updates.forward(sender));
    while let Some(Ok(message)) = receiver.next().await {
        if message.is_text() {
            let _ = chat.send(message);
        }
    }
    hearing.abort();
}
