//! A queue in which users take turns: it bounds the work that runs and the work that waits. A user with much work waits
//! behind the users with little.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::Bound;

/// Permission to work. Dropping it gives the turn to the next work in the queue, and takes no lock of the queue.
#[derive(Debug)]
pub struct Turn(#[allow(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit);

/// The place of a piece of work in the queue.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Waiting {
    /// Behind the earlier work of its user.
    #[default]
    InOrder,
    /// In the place of earlier work of its user on the same subject, which then gets no turn.
    Replacing(u64),
    /// Before all work that is not urgent. Urgent work is never displaced.
    Urgent,
}

/// A queue in which users take turns. `U` identifies a user.
///
/// The queue bounds the number of waiting pieces of work. The work that uses one queue takes a limited time, so the
/// number also bounds the time that work waits. When the queue is full, the newest work of the user who has the most
/// gives way to the work of a user who has less.
#[derive(Debug)]
pub struct TurnQueue<U> {
    free: Arc<Semaphore>,
    waiting_max: usize,
    queue: Mutex<Queue<U>>,
}

/// The waiting work.
#[derive(Debug)]
struct Queue<U> {
    urgent: VecDeque<Waiter>,
    /// The users who have waiting work. The first one has the next turn.
    users: VecDeque<(U, VecDeque<Waiter>)>,
}

#[derive(Debug)]
struct Waiter {
    subject: Option<u64>,
    result: oneshot::Sender<Result<Turn, Bound>>,
}

impl<U: Copy + Eq> TurnQueue<U> {
    /// A queue for work of which `running_max` pieces run at once and `waiting_max` wait.
    #[must_use]
    pub fn new(running_max: usize, waiting_max: usize) -> Self {
        let queue = Mutex::new(Queue { urgent: VecDeque::new(), users: VecDeque::new() });
        Self { free: Arc::new(Semaphore::new(running_max)), waiting_max, queue }
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// The bound that refused the work: the queue is full, or other work took its place while it waited.
    pub async fn turn(&self, user: U, waiting: Waiting) -> Result<Turn, Bound> {
        let mut result = self.enqueue(user, waiting)?;
        // Each piece of work in the queue acquires one permit, and gives it to the work that is first in the queue,
        // which may be another. The semaphore serves its callers in the order of arrival; the queue decides instead.
        loop {
            tokio::select! {
                biased;
                // The sender is dropped only with the queue itself.
                result = &mut result => return result.unwrap_or(Err(Bound::Total)),
                permit = Arc::clone(&self.free).acquire_owned() => {
                    // `acquire_owned` fails only on a closed semaphore, and this one is never closed.
                    if let Ok(permit) = permit {
                        self.lock().give_to_first(Turn(permit));
                    }
                }
            }
        }
    }

    /// The number of waiting pieces of work that are not urgent: of all users, and of this one.
    pub fn waiting(&self, user: U) -> (usize, usize) {
        let mut queue = self.lock();
        let own = queue.work_of(user).map_or(0, |work| work.len());
        (queue.len(), own)
    }

    fn enqueue(&self, user: U, waiting: Waiting) -> Result<oneshot::Receiver<Result<Turn, Bound>>, Bound> {
        let (sender, receiver) = oneshot::channel();
        let mut queue = self.lock();
        queue.remove_abandoned();
        let subject = match waiting {
            Waiting::Urgent if queue.urgent.len() >= self.waiting_max => return Err(Bound::Total),
            Waiting::Urgent => {
                queue.urgent.push_back(Waiter { subject: None, result: sender });
                return Ok(receiver);
            }
            Waiting::Replacing(subject) => Some(subject),
            Waiting::InOrder => None,
        };
        let waiter = Waiter { subject, result: sender };
        if let Some(earlier) = queue.on_subject(user, subject) {
            _ = std::mem::replace(earlier, waiter).result.send(Err(Bound::Replaced));
            return Ok(receiver);
        }
        if queue.len() >= self.waiting_max && !queue.displace_for(user) {
            return Err(Bound::Total);
        }
        match queue.work_of(user) {
            Some(own) => own.push_back(waiter),
            None => queue.users.push_back((user, VecDeque::from([waiter]))),
        }
        Ok(receiver)
    }

    fn lock(&self) -> MutexGuard<'_, Queue<U>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<U: Copy + Eq> Queue<U> {
    /// The number of waiting pieces of work that are not urgent.
    fn len(&self) -> usize {
        self.users.iter().map(|(_, work)| work.len()).sum()
    }

    fn work_of(&mut self, user: U) -> Option<&mut VecDeque<Waiter>> {
        self.users.iter_mut().find(|(other, _)| *other == user).map(|(_, work)| work)
    }

    /// The waiting work of a user on this subject.
    fn on_subject(&mut self, user: U, subject: Option<u64>) -> Option<&mut Waiter> {
        let subject = subject?;
        self.work_of(user)?.iter_mut().find(|waiter| waiter.subject == Some(subject))
    }

    /// Makes room for work of this user: the user who has the most waiting work loses the newest piece, if that user
    /// then still has as much as this one. Returns whether there is room now.
    fn displace_for(&mut self, user: U) -> bool {
        let own = self.work_of(user).map_or(0, |work| work.len());
        let most = self.users.iter_mut().map(|(_, work)| work).max_by_key(|work| work.len());
        let Some(most) = most.filter(|most| most.len() > own + 1) else { return false };
        if let Some(newest) = most.pop_back() {
            _ = newest.result.send(Err(Bound::User));
        }
        true
    }

    /// Gives a turn to the first work in the queue that still waits. Without such work, the turn is free again.
    fn give_to_first(&mut self, mut turn: Turn) {
        while let Some(first) = self.pop() {
            match first.result.send(Ok(turn)) {
                Err(Ok(refused)) => turn = refused,
                _ => return,
            }
        }
    }

    /// Removes the work whose turn is next. The user whose work it is goes behind the other users.
    fn pop(&mut self) -> Option<Waiter> {
        if let Some(urgent) = self.urgent.pop_front() {
            return Some(urgent);
        }
        let (user, mut work) = self.users.pop_front()?;
        let next = work.pop_front();
        if !work.is_empty() {
            self.users.push_back((user, work));
        }
        next
    }

    /// Removes work whose task no longer waits.
    fn remove_abandoned(&mut self) {
        self.urgent.retain(|waiter| !waiter.result.is_closed());
        self.users.iter_mut().for_each(|(_, work)| work.retain(|waiter| !waiter.result.is_closed()));
        self.users.retain(|(_, work)| !work.is_empty());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::Arc;

    use proptest::prelude::*;
    use tokio::sync::mpsc;
    use tokio::task::{JoinHandle, yield_now};

    use super::*;

    /// A queue with one place that is taken, and the order in which work that waits gets its turn.
    struct Scene {
        queue: Arc<TurnQueue<u64>>,
        taken: Turn,
        order: (mpsc::UnboundedSender<u32>, mpsc::UnboundedReceiver<u32>),
    }

    impl Scene {
        async fn new(waiting_max: usize) -> Self {
            let queue = Arc::new(TurnQueue::new(1, waiting_max));
            let taken = queue.turn(0, Waiting::InOrder).await.unwrap();
            Self { queue, taken, order: mpsc::unbounded_channel() }
        }

        /// Starts a task that waits for a turn, and returns once it is in the queue.
        async fn ask(&self, user: u64, waiting: Waiting, name: u32) -> JoinHandle<Result<(), Bound>> {
            let (queue, order) = (Arc::clone(&self.queue), self.order.0.clone());
            let task = tokio::spawn(async move {
                let _turn = queue.turn(user, waiting).await?;
                order.send(name).unwrap();
                Ok(())
            });
            yield_now().await;
            task
        }

        /// Frees the taken place and returns the names of the work in the order of their turns.
        async fn names(self) -> Vec<u32> {
            let Self { queue, taken, order: (sender, mut receiver) } = self;
            drop((queue, taken, sender));
            let mut names = Vec::new();
            while let Some(name) = receiver.recv().await {
                names.push(name);
            }
            names
        }
    }

    #[tokio::test]
    async fn users_take_turns() {
        let scene = Scene::new(10).await;
        for name in 1..=3 {
            scene.ask(1, Waiting::InOrder, 10 + name).await;
        }
        scene.ask(2, Waiting::InOrder, 21).await;
        scene.ask(3, Waiting::InOrder, 31).await;
        assert_eq!(scene.names().await, [11, 21, 31, 12, 13]);
    }

    #[tokio::test]
    async fn urgent_work_goes_first_and_newer_work_replaces_older_work_on_its_subject() {
        let scene = Scene::new(10).await;
        let replaced = scene.ask(1, Waiting::Replacing(7), 11).await;
        scene.ask(1, Waiting::Replacing(8), 12).await;
        scene.ask(2, Waiting::Replacing(7), 21).await;
        scene.ask(1, Waiting::Replacing(7), 13).await;
        scene.ask(3, Waiting::Urgent, 31).await;
        assert_eq!(replaced.await.unwrap(), Err(Bound::Replaced));
        assert_eq!(scene.names().await, [31, 13, 21, 12]);
    }

    #[tokio::test]
    async fn a_full_queue_displaces_the_newest_work_of_the_user_with_the_most() {
        let scene = Scene::new(3).await;
        let mut flood = Vec::new();
        for name in 1..=4 {
            flood.push(scene.ask(1, Waiting::InOrder, 10 + name).await);
        }
        scene.ask(2, Waiting::InOrder, 21).await;
        let second = scene.ask(2, Waiting::InOrder, 22).await;
        assert_eq!(flood.pop().unwrap().await.unwrap(), Err(Bound::Total), "nobody has more than this user");
        assert_eq!(flood.pop().unwrap().await.unwrap(), Err(Bound::User), "displaced");
        assert_eq!(second.await.unwrap(), Err(Bound::Total), "the other user has only one piece more");
        assert_eq!(scene.names().await, [11, 21, 12]);
    }

    #[tokio::test]
    async fn work_whose_task_ended_gets_no_turn_and_no_place() {
        let scene = Scene::new(1).await;
        let cancelled = scene.ask(1, Waiting::InOrder, 11).await;
        cancelled.abort();
        assert!(cancelled.await.unwrap_err().is_cancelled());
        scene.ask(2, Waiting::InOrder, 21).await;
        assert_eq!(scene.names().await, [21]);
    }

    proptest! {
        #[test]
        fn every_piece_of_work_gets_one_turn_or_one_refusal(
            work in prop::collection::vec((0..4_u64, 0..4_u8), 0..40),
            running_max in 1..3_usize,
            waiting_max in 0..8_usize,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (turns, refusals, free) = runtime.block_on(async {
                let queue = Arc::new(TurnQueue::new(running_max, waiting_max));
                let tasks: Vec<_> = work.iter().map(|&(user, kind)| {
                    let queue = Arc::clone(&queue);
                    let waiting = match kind {
                        0 => Waiting::Urgent,
                        1 => Waiting::Replacing(1),
                        _ => Waiting::InOrder,
                    };
                    tokio::spawn(async move {
                        let _turn = queue.turn(user, waiting).await?;
                        yield_now().await;
                        Ok::<(), Bound>(())
                    })
                }).collect();
                let mut counts = (0, 0);
                for task in tasks {
                    match task.await.unwrap() {
                        Ok(()) => counts.0 += 1,
                        Err(_) => counts.1 += 1,
                    }
                }
                (counts.0, counts.1, queue.free.available_permits())
            });
            prop_assert_eq!(turns + refusals, work.len());
            prop_assert_eq!(free, running_max);
        }
    }
}
