"""Which epoch of a run was best so far, and for how long its test has not improved. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cnnviz.units import counted


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides which weights are kept as the best, and when a run without progress ends."""

    best_epoch: int = 0  # by test accuracy, then loss; 0: none was tested yet
    best_accuracy: float = 0.0  # 0..1
    best_loss: float | None = None  # of that epoch, nats
    least_loss: float | None = None  # of all epochs
    least_epoch: int = 0  # whose that is
    waited: int = 0  # epochs since the test loss was last less than ever before

    def after(self, epoch: int, accuracy: float, loss: float) -> Standing:
        """Return it after one more tested epoch; of epochs that are alike the first is the best."""
        standing = self
        if self.best_loss is None or (accuracy, -loss) > (self.best_accuracy, -self.best_loss):
            standing = replace(standing, best_epoch=epoch, best_accuracy=accuracy, best_loss=loss)
        if self.least_loss is None or loss < self.least_loss:
            return replace(standing, least_loss=loss, least_epoch=epoch, waited=0)
        return replace(standing, waited=self.waited + 1)

    def is_out_of(self, patience: int | None) -> bool:
        """Return whether so many epochs went by without a better test loss; None or 0: any number may."""
        return bool(patience) and self.waited >= (patience or 0)

    def anew(self) -> Standing:
        """Return it with patience for as many epochs again."""
        return replace(self, waited=0)

    def why_ended(self, epoch: int) -> str:
        """Return why a run without patience ends after this epoch."""
        loss = "" if self.least_loss is None else f" ({self.least_loss:.3f})"
        return (
            f"Ended early, after epoch {epoch}: for {counted(epoch - self.least_epoch, 'epoch')} the test loss has not "
            f"been below that of epoch {self.least_epoch}{loss}."
        )
