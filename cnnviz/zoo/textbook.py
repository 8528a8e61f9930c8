"""The catalogue's textbook networks. No torch here."""

from __future__ import annotations

from dataclasses import replace

from cnnviz.zoo.specs import Architecture, Option

CLASSES = Option("num_classes", "Classes", "int", 10, "How many logits the last layer returns.", 1, 100_000)
_CHANNELS = Option("in_channels", "Input channels", "int", 1, "1 for grey pictures, 3 for colour.", 1, 4096)
_WIDTH = Option(
    "width_divisor",
    "Width ÷",
    "int",
    1,
    "Divides the channels of every layer; 8 makes the small VGG of the course, which trains on a laptop.",
    allowed=(1, 2, 4, 8, 16, 32, 64),
)
_ACTIVATION = Option(
    "activation",
    "Activation",
    "choice",
    "sigmoid",
    "sigmoid as in the book, tanh as in 1998, relu as today.",
    choices=("sigmoid", "relu", "tanh"),
)
_BATCH_NORM = Option(
    "batch_norm", "BatchNorm", "bool", False, "Batch normalisation before each activation (the book's section 8.5)."
)
_AFTER_CONVOLUTIONS = Option(
    "batch_norm", "BatchNorm", "bool", False, "Batch normalisation after each convolution, as torchvision's vgg_bn."
)
_PADDED = Option("padded", "Padding in the first layer", "bool", True, "One pixel around the picture, as in the book.")
_PAPER_FORM = Option(
    "paper_form",
    "The paper's form",
    "bool",
    False,
    "Convolutions without biases, BatchNorm on the shortcuts; the book's have biases and none.",
)
_V1_5 = Option(
    "v1_5",
    "ResNet v1.5",
    "bool",
    False,
    "The 3×3 convolutions halve the map, as in torchvision, and not the 1×1 ones before them, as in the paper.",
)
_GROUP_WIDTH = Option(
    "group_width",
    "Channels of a group",
    "int",
    16,
    "Of the 3×3 convolutions: fewer channels, less work; 64 leaves one group in the first stage.",
    allowed=(1, 2, 4, 8, 16, 32, 64),
)
_GROWTH = Option("growth", "Growth", "int", 32, "Channels that each layer adds.", 1, 512)
_SEPARABLE = Option(
    "separable",
    "Separable first layer",
    "bool",
    True,
    "Eight 7×7 filters for each input channel by itself, then 1×1 over all, as in the paper's appendix.",
)
_AUXILIARY = Option(
    "auxiliary_head",
    "Auxiliary head",
    "bool",
    False,
    "A second classifier at the 17×17 maps, which only training listens to. It needs 299×299 pixels.",
)
_D2L = "Dive into Deep Learning (Zhang et al., 2023)"


_VGG_SOURCE = f"Simonyan and Zisserman, arXiv:1409.1556, table 1; as in {_D2L}, section 8.2"
_COLOUR = replace(_CHANNELS, default=3)
_IMAGENET = (_COLOUR, replace(CLASSES, default=1000))
_RESNET_SOURCE = "He et al., arXiv:1512.03385, table 1"


def _entry(
    name: str,
    title: str,
    family: str,
    size: int,
    source: str,
    summary: str,
    options: tuple[Option, ...] = (_CHANNELS, CLASSES),
    channels: int = 1,
    module: str = "",
) -> Architecture:
    module = f"cnnviz.zoo.{module or family.lower()}"
    return Architecture(name, title, "Textbook", family, module, (channels, size, size), options, source, summary)


# The networks of the classic papers and of the book, in the picker's order.
TEXTBOOK: tuple[Architecture, ...] = (
    _entry(
        "lenet",
        "LeNet-5",
        "LeNet",
        28,
        f"LeCun et al., 1998, figure 2; as in {_D2L}, section 7.6: sigmoid, average pooling",
        "Two convolutions and three fully connected layers: the first network that read cheques.",
        (_CHANNELS, CLASSES, _ACTIVATION, _BATCH_NORM),
    ),
    _entry(
        "course-mnist",
        "MNIST net, two layers",
        "Course",
        28,
        "Liu Er, PyTorch deep learning practice, lecture 10: pooling before each ReLU, 320 → 10",
        "Two convolutions and one fully connected layer: enough for 98 % of MNIST's digits.",
    ),
    _entry(
        "alexnet",
        "AlexNet",
        "AlexNet",
        224,
        f"Krizhevsky et al., 2012; as in {_D2L}, section 8.1: one stream, one channel",
        "Large kernels first, ReLU and dropout: it won ImageNet in 2012.",
        (_CHANNELS, CLASSES, _PADDED),
    ),
    _entry(
        "alexnet-half",
        "AlexNet, one stream",
        "AlexNet",
        224,
        "Krizhevsky et al., 2012, figure 2: one of the two streams alone, without normalisation",
        "Half of AlexNet, in colour: 128·6·6 → 2048 → 2048, as tutorials train it on small data.",
        (_COLOUR, CLASSES),
        channels=3,
    ),
    _entry(
        "alexnet-paper",
        "AlexNet, two streams",
        "AlexNet",
        224,
        "Krizhevsky et al., 2012, figure 2 and section 3: two groups, local response normalisation",
        "The network of the paper, which two graphics cards shared: 61 million parameters.",
        _IMAGENET,
        channels=3,
    ),
    *(
        _entry(
            f"vgg{depth}",
            f"VGG-{depth}",
            "VGG",
            224,
            _VGG_SOURCE,
            "Blocks of 3×3 convolutions that halve the picture and double the channels.",
            (_CHANNELS, CLASSES, _WIDTH, _AFTER_CONVOLUTIONS),
        )
        for depth in (11, 13, 16, 19)
    ),
    _entry(
        "nin",
        "NiN",
        "NiN",
        224,
        f"Lin et al., arXiv:1312.4400; as in {_D2L}, section 8.3",
        "1×1 convolutions after each convolution, and a mean over the map in place of fully connected layers.",
    ),
    _entry(
        "googlenet",
        "GoogLeNet",
        "GoogLeNet",
        96,
        f"Szegedy et al., arXiv:1409.4842, table 1; as in {_D2L}, section 8.4: without auxiliary heads",
        "Inception blocks: convolutions of several sizes side by side, joined along the channels.",
    ),
    _entry(
        "inception-v2",
        "Inception v2 (BatchNorm)",
        "Inception",
        96,
        "Ioffe and Szegedy, arXiv:1502.03167, figure 5 (at 224 pixels)",
        "GoogLeNet with BatchNorm, and two 3×3 convolutions in place of one of 5×5.",
        (_CHANNELS, CLASSES, _SEPARABLE),
        module="inception_v2",
    ),
    _entry(
        "inception-v3",
        "Inception v3",
        "Inception",
        299,
        "Szegedy et al., arXiv:1512.00567, table 1, as its authors published it",
        "Large kernels factored into 1×7 and 7×1, or 1×3 beside 3×1.",
        (_CHANNELS, CLASSES, _AUXILIARY),
        module="inception_v3",
    ),
    _entry(
        "inception-v4",
        "Inception v4",
        "Inception",
        299,
        "Szegedy et al., arXiv:1602.07261, figures 3 to 9",
        "One uniform block for each size of the maps, and branches already in the stem.",
        module="inception_v4",
    ),
    _entry(
        "resnet18",
        "ResNet-18",
        "ResNet",
        96,
        f"{_RESNET_SOURCE}; as in {_D2L}, section 8.6: convolutions with biases",
        "Each block adds what it learns to what it was given, so that depth no longer hurts.",
        (_CHANNELS, CLASSES, _PAPER_FORM),
    ),
    _entry(
        "resnet34",
        "ResNet-34",
        "ResNet",
        96,
        _RESNET_SOURCE,
        "ResNet-18 with twice as many blocks, in the paper's form: BatchNorm in place of biases.",
    ),
    *(
        _entry(
            f"resnet{depth}",
            f"ResNet-{depth}",
            "ResNet",
            96,
            f"{_RESNET_SOURCE} and figure 5",
            "Bottleneck blocks: 1×1 convolutions narrow the maps for the 3×3 one, and widen them again.",
            (_CHANNELS, CLASSES, _V1_5),
        )
        for depth in (50, 101, 152)
    ),
    _entry(
        "resnext",
        "ResNeXt, the book's blocks",
        "ResNeXt",
        96,
        f"Xie et al., arXiv:1611.05431; blocks of {_D2L}, section 8.6.5, in the ResNet-18 of its section 8.6",
        "The 3×3 convolutions are divided into groups that do not see one another's channels.",
        (_CHANNELS, CLASSES, _GROUP_WIDTH),
    ),
    _entry(
        "resnext50",
        "ResNeXt-50, 32×4d",
        "ResNeXt",
        96,
        "Xie et al., arXiv:1611.05431, table 1",
        "ResNet-50 with wider bottlenecks in 32 groups, at the same cost.",
    ),
    _entry(
        "densenet",
        "DenseNet",
        "DenseNet",
        96,
        f"Huang et al., arXiv:1608.06993; as in {_D2L}, section 8.7: four blocks of four, growth 32",
        "Each layer reads the maps of all layers before it.",
        (_CHANNELS, CLASSES, _GROWTH),
    ),
    _entry(
        "densenet121",
        "DenseNet-121",
        "DenseNet",
        96,
        "Huang et al., arXiv:1608.06993, table 1",
        "Blocks of 6, 12, 24 and 16 layers, each narrowed by a 1×1 convolution first.",
        (_CHANNELS, CLASSES, _GROWTH),
    ),
)
